"""What the peers of LightGCN, VBPR, FREEDOM, BM3 and MMGCN share, in PyTorch: graphs, LightGCN's propagation, projections, BPR.

A peer is a module with `loss(users, positives, negatives) -> (ranking, regularisation)`, and `start_epoch()` where an epoch
begins with something. It computes what its equations say for all users and items and takes the batch's rows
of the result, as implementations in PyTorch commonly do; graphs are sparse and features are constants.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Settings:
    embedding_size: int = 64
    layers: int = 2
    regularisation: float = 0.0
    batch_size: int = 2048
    learning_rate: float = 1e-3


def sparse_matrix(rows, columns, values, shape):
    return torch.sparse_coo_tensor(torch.stack([rows, columns]), values, shape).coalesce()


def symmetric_user_item_graph(users, items, shape, dtype):
    """D^-1/2 A D^-1/2 over users then items, without self loops, of the pairs (users, items)."""
    number_of_users, number_of_items = shape
    nodes = number_of_users + number_of_items
    items = items + number_of_users
    degrees = torch.bincount(torch.cat([users, items]), minlength=nodes).to(dtype)
    values = (degrees[users] * degrees[items]).pow(-0.5)
    rows, columns = torch.cat([users, items]), torch.cat([items, users])
    return sparse_matrix(rows, columns, torch.cat([values, values]), (nodes, nodes))


def embedding(rows, columns, dtype):
    """A Xavier-uniform parameter."""
    return torch.nn.Parameter(torch.nn.init.xavier_uniform_(torch.empty(rows, columns, dtype=dtype)))


def propagate(graph, users, items, layers):
    """LightGCN: the mean of E, N E, N N E, … as (users, items)."""
    layer = torch.cat([users, items])
    outputs = [layer]
    for _ in range(layers):
        layer = torch.sparse.mm(graph, layer)
        outputs.append(layer)
    return torch.stack(outputs, 1).mean(1).split([len(users), len(items)])


class Projections(torch.nn.Module):
    """W_m x + b_m of all items for each modality m. Called, it gives the list of them."""

    def __init__(self, features, columns, dtype, xavier):
        super().__init__()
        self.features = [torch.from_numpy(x).to(dtype) for x in features.values()]
        self.linear = torch.nn.ModuleDict(
            {name: torch.nn.Linear(x.shape[1], columns, dtype=dtype) for name, x in features.items()}
        )
        if xavier:
            for layer in self.linear.values():
                torch.nn.init.xavier_uniform_(layer.weight)
                torch.nn.init.zeros_(layer.bias)

    def forward(self):
        return [layer(x) for layer, x in zip(self.linear.values(), self.features)]


def bpr(u, i, j):
    """The mean of -log sigmoid(u . i - u . j) over rows."""
    return -functional.logsigmoid((u * i).sum(1) - (u * j).sum(1)).mean()


def half_squares(*matrices):
    return 0.5 * sum(x.square().sum() for x in matrices)
