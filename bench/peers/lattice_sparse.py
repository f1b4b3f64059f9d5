"""LATTICE as a careful engineer writes it in PyTorch: the item graph never exists as an I x I matrix.

Top-k is searched without gradient in blocks of rows; the kept cosines are then computed again from their two rows, so
that gradient flows at the pattern only. The graph is a list of (row, column, value); the first step of an epoch
multiplies by it with gather and scatter, the others with torch.sparse. Parameters without a gradient are skipped.

`--products bags` computes the sparse products with embedding_bag over compressed rows instead: not the obvious
tool, but PyTorch's fastest multi-threaded sparse product on a CPU, so it bounds what PyTorch can do here.
"""

import torch
from torch.nn import functional

from lattice import Lattice, user_item_graph
from measure import run_peer

BLOCK = 1024


def nearest(x, k):
    """(rows, columns, values) of the k largest cosines of each row; differentiable in the values where x is."""
    unit = x / x.norm(p=2, dim=-1, keepdim=True)
    with torch.no_grad():
        best = [torch.topk(block @ unit.t(), k, dim=-1) for block in unit.split(BLOCK)]
    rows = torch.arange(len(x)).repeat_interleave(k)
    columns = torch.cat([block.indices for block in best]).reshape(-1)
    if not unit.requires_grad:
        return rows, columns, torch.cat([block.values for block in best]).reshape(-1)
    return rows, columns, (unit[rows] * unit[columns]).sum(-1)


def normalised(rows, columns, values, size):
    """Values of D^-1/2 S D^-1/2 with the row sums; entries of one place may repeat."""
    sums = torch.zeros(size, dtype=values.dtype).index_add(0, rows, values)
    scale = torch.where(sums > 0, sums, torch.ones_like(sums)).pow(-0.5) * (sums > 0)
    return scale[rows] * values * scale[columns]


def coordinate_product(rows, columns, values, size):
    """x -> S x by torch.sparse."""
    matrix = torch.sparse_coo_tensor(torch.stack([rows, columns]), values, (size, size)).coalesce()
    return lambda x: torch.sparse.mm(matrix, x)


class BagProduct(torch.autograd.Function):
    """S x and its gradient S' g, each a weighted embedding bag a row."""

    @staticmethod
    def forward(context, x, forward_bags, backward_bags):
        context.bags = backward_bags
        return bag_sum(x, forward_bags)

    @staticmethod
    def backward(context, gradient):
        return bag_sum(gradient.contiguous(), context.bags), None, None


def bag_sum(x, bags):
    offsets, columns, values = bags
    return functional.embedding_bag(columns, x, offsets, mode="sum", per_sample_weights=values)


def bags_of(rows, columns, values, size):
    order = torch.argsort(rows, stable=True)
    counts = torch.bincount(rows, minlength=size)
    return torch.cumsum(counts, 0) - counts, columns[order], values[order]


def bag_product(rows, columns, values, size):
    """x -> S x by embedding_bag."""
    forward_bags = bags_of(rows, columns, values, size)
    backward_bags = bags_of(columns, rows, values, size)
    return lambda x: BagProduct.apply(x, forward_bags, backward_bags)


PRODUCTS = {"coordinates": coordinate_product, "bags": bag_product}


class SparseItemGraph:
    """A graph is (rows, columns, values) while it has gradient and a product function once it is a constant."""

    def __init__(self, problem, settings, dtype, product):
        self.settings = settings
        self.size = problem.number_of_items
        self.product = product
        self.initial = []
        with torch.no_grad():
            for x in problem.features.values():
                rows, columns, values = nearest(torch.from_numpy(x).to(dtype), settings.neighbours)
                self.initial.append((rows, columns, normalised(rows, columns, values, self.size)))

    def build(self, projected, weights):
        learned = [nearest(x, self.settings.neighbours) for x in projected]
        rows = torch.cat([entry[0] for entry in learned])
        columns = torch.cat([entry[1] for entry in learned])
        values = torch.cat([w * entry[2] for w, entry in zip(weights, learned)])
        values = (1 - self.settings.skip) * normalised(rows, columns, values, self.size)
        return (
            torch.cat([rows, *(entry[0] for entry in self.initial)]),
            torch.cat([columns, *(entry[1] for entry in self.initial)]),
            torch.cat([values, *(self.settings.skip * w * entry[2] for w, entry in zip(weights, self.initial))]),
        )

    def constant(self, graph):
        if callable(graph):
            return graph
        rows, columns, values = graph
        return self.product(rows, columns, values.detach(), self.size)

    def propagate(self, graph, embeddings):
        if callable(graph):
            return graph(embeddings)
        rows, columns, values = graph
        return torch.zeros_like(embeddings).index_add(0, rows, values[:, None] * embeddings[columns])


def create_model(problem, settings, dtype=torch.float32, products="coordinates"):
    product = PRODUCTS[products]
    nodes = problem.number_of_users + problem.number_of_items
    graph = SparseItemGraph(problem, settings, dtype, product)
    return Lattice(problem, settings, graph, product(*user_item_graph(problem, dtype), nodes), dtype)


def clear_gradients(optimiser):
    optimiser.zero_grad(set_to_none=True)


if __name__ == "__main__":
    run_peer("sparse", create_model, clear_gradients, products=sorted(PRODUCTS))
