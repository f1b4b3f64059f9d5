"""FREEDOM in PyTorch: a frozen item graph S, and LightGCN over a user-item graph that is pruned anew in every epoch.

    x_u = lightgcn(u)    x_i = lightgcn(i) + (S^L E)_i    S = sum over m of w_m D^-1/2 B_m D^-1/2
    loss = BPR(x_u, x_i) + lambda_f sum over m of BPR(x_u, W_m x_im + b_m)

B_m is 1 at the k nearest by features. Pairs survive in proportion to 1 / sqrt(d_u d_i). All items are projected in every step.

    python3 bench/peers/freedom.py --data FOLDER
"""

from dataclasses import dataclass

import torch

from lattice_sparse import nearest, normalised
from ranking import Projections, Settings, bpr, embedding, half_squares, propagate, sparse_matrix, symmetric_user_item_graph
from train_epochs import run_peer


@dataclass(frozen=True)
class FreedomSettings(Settings):
    neighbours: int = 10
    item_layers: int = 1
    edge_dropout: float = 0.8
    feature_weight: float = 1e-3
    image_share: float = 0.1


def item_graph(problem, settings, dtype):
    """S as a sparse matrix. Modalities other than the image share what it leaves."""
    others = sum(name != "image" for name in problem.features)
    size = problem.number_of_items
    parts = []
    for name, x in problem.features.items():
        share = settings.image_share if name == "image" else (1 - settings.image_share) / others
        rows, columns, cosines = nearest(torch.from_numpy(x).to(dtype), settings.neighbours)
        parts.append((rows, columns, share * normalised(rows, columns, torch.ones_like(cosines), size)))
    return sparse_matrix(*(torch.cat(part) for part in zip(*parts)), (size, size))


class Freedom(torch.nn.Module):
    def __init__(self, problem, settings=FreedomSettings(), dtype=torch.float32):
        super().__init__()
        self.settings = settings
        self.dtype = dtype
        self.shape = (problem.number_of_users, problem.number_of_items)
        self.pairs = torch.from_numpy(problem.users), torch.from_numpy(problem.items)
        self.item_graph = item_graph(problem, settings, dtype)
        self.users = embedding(problem.number_of_users, settings.embedding_size, dtype)
        self.items = embedding(problem.number_of_items, settings.embedding_size, dtype)
        self.projections = Projections(problem.features, settings.embedding_size, dtype, xavier=False)
        self.keep(*self.pairs)

    def keep(self, users, items):
        """Propagates over these pairs from now on."""
        self.graph = symmetric_user_item_graph(users, items, self.shape, self.dtype)

    def start_epoch(self):
        users, items = self.pairs
        weights = (torch.bincount(users)[users] * torch.bincount(items)[items]).to(self.dtype).pow(-0.5)
        kept = torch.multinomial(weights, int(len(weights) * (1 - self.settings.edge_dropout)))
        self.keep(users[kept], items[kept])

    def loss(self, users, positives, negatives):
        x_users, x_items = propagate(self.graph, self.users, self.items, self.settings.layers)
        h = self.items
        for _ in range(self.settings.item_layers):
            h = torch.sparse.mm(self.item_graph, h)
        x_items = x_items + h
        u, i, j = x_users[users], x_items[positives], x_items[negatives]
        features = sum(bpr(u, f[positives], f[negatives]) for f in self.projections())
        squares = self.settings.regularisation * half_squares(u, i, j) / self.settings.batch_size
        return bpr(u, i, j) + self.settings.feature_weight * features, squares


if __name__ == "__main__":
    run_peer(Freedom)
