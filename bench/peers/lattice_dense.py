"""LATTICE with dense item graphs, as released: every graph is a full I x I matrix.

Each epoch's first step computes the full cosine matrix of each modality, keeps its top k in a dense matrix, weighs
and sums those, and normalises by products with a dense diagonal matrix; H is a dense product in every step. Features are
trained, and gradients are zeroed, not dropped, so that Adam moves every parameter in every step.
"""

import torch

from lattice import Lattice, user_item_graph
from measure import run_peer


def nearest(x, k):
    """I x I: the k largest cosines of each row in their places, zero elsewhere."""
    unit = x / x.norm(p=2, dim=-1, keepdim=True)
    cosines = unit @ unit.t()
    values, columns = torch.topk(cosines, k, dim=-1)
    return torch.zeros_like(cosines).scatter_(-1, columns, values)


def normalised(graph):
    """D^-1/2 S D^-1/2 with the row sums, as two products with diagonal matrices."""
    scale = graph.sum(-1).pow(-0.5)
    scale = torch.where(torch.isfinite(scale), scale, torch.zeros_like(scale))
    diagonal = torch.diagflat(scale)
    return diagonal @ graph @ diagonal


class DenseItemGraph:
    def __init__(self, problem, settings, dtype):
        self.settings = settings
        with torch.no_grad():
            self.initial = [
                normalised(nearest(torch.from_numpy(x).to(dtype), settings.neighbours)) for x in problem.features.values()
            ]

    def build(self, projected, weights):
        learned = sum(w * nearest(f, self.settings.neighbours) for w, f in zip(weights, projected))
        initial = sum(w * s for w, s in zip(weights, self.initial))
        return (1 - self.settings.skip) * normalised(learned) + self.settings.skip * initial

    def constant(self, graph):
        return graph.detach()

    def propagate(self, graph, embeddings):
        return graph @ embeddings


def create_model(problem, settings, dtype=torch.float32):
    rows, columns, values = user_item_graph(problem, dtype)
    nodes = problem.number_of_users + problem.number_of_items
    adjacency = torch.sparse_coo_tensor(torch.stack([rows, columns]), values, (nodes, nodes)).coalesce()
    graph = DenseItemGraph(problem, settings, dtype)
    return Lattice(problem, settings, graph, lambda x: torch.sparse.mm(adjacency, x), dtype)


def clear_gradients(optimiser):
    optimiser.zero_grad(set_to_none=False)


if __name__ == "__main__":
    run_peer("dense", create_model, clear_gradients)
