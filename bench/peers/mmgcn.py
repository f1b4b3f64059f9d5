"""MMGCN in PyTorch: for each modality m, a graph convolution over users and items that id embeddings e hold together.

    h = phi(W1 mean over neighbours of x)    s = phi(W2 x) + e    x' = phi(W3 h + s)    phi: leaky ReLU of slope 0.01

x begins as a user's preference, or an item's projected features, of length 1; what comes out is the mean over the modalities.
BPR. All users and items go through all layers in every step.

    python3 bench/peers/mmgcn.py --data FOLDER
"""

from dataclasses import dataclass

import torch
from torch.nn import functional

from ranking import Projections, Settings, bpr, embedding, half_squares, sparse_matrix
from train_epochs import run_peer


@dataclass(frozen=True)
class MmgcnSettings(Settings):
    regularisation: float = 1e-3
    feature_size: int = 64


def neighbour_mean(problem, dtype):
    """The mean over neighbours, of users then items."""
    users = torch.from_numpy(problem.users)
    items = torch.from_numpy(problem.items) + problem.number_of_users
    nodes = problem.number_of_users + problem.number_of_items
    rows, columns = torch.cat([users, items]), torch.cat([items, users])
    degrees = torch.bincount(rows, minlength=nodes).to(dtype)
    return sparse_matrix(rows, columns, 1 / degrees[rows], (nodes, nodes))


class Convolution(torch.nn.Module):
    def __init__(self, columns, size, dtype):
        super().__init__()
        self.neighbours = embedding(size, columns, dtype)
        self.self = embedding(size, columns, dtype)
        self.combination = embedding(size, size, dtype)

    def forward(self, graph, x, e):
        h = functional.leaky_relu(torch.sparse.mm(graph, x) @ self.neighbours.T)
        s = functional.leaky_relu(x @ self.self.T) + e
        return functional.leaky_relu(h @ self.combination.T + s)


class Mmgcn(torch.nn.Module):
    def __init__(self, problem, settings=MmgcnSettings(), dtype=torch.float32):
        super().__init__()
        self.settings = settings
        size, columns = settings.embedding_size, settings.feature_size
        self.graph = neighbour_mean(problem, dtype)
        self.users = embedding(problem.number_of_users, size, dtype)
        self.items = embedding(problem.number_of_items, size, dtype)
        self.projections = Projections(problem.features, columns, dtype, xavier=False)
        self.preference = torch.nn.ParameterDict(
            {name: embedding(problem.number_of_users, columns, dtype) for name in problem.features}
        )
        self.convolution = torch.nn.ModuleDict(
            {
                name: torch.nn.ModuleList(
                    Convolution(columns if layer == 0 else size, size, dtype) for layer in range(settings.layers)
                )
                for name in problem.features
            }
        )

    def nodes(self):
        e = torch.cat([self.users, self.items])
        outputs = []
        for name, projected in zip(self.convolution, self.projections()):
            x = functional.normalize(torch.cat([self.preference[name], projected]))
            for layer in self.convolution[name]:
                x = layer(self.graph, x, e)
            outputs.append(x)
        return torch.stack(outputs).mean(0)

    def loss(self, users, positives, negatives):
        x_users, x_items = self.nodes().split([len(self.users), len(self.items)])
        ranking = bpr(x_users[users], x_items[positives], x_items[negatives])
        drawn, items = torch.unique(users), torch.unique(torch.cat([positives, negatives]))
        preferences = [preference[drawn] for preference in self.preference.values()]
        squares = half_squares(self.users[drawn], self.items[items], *preferences)
        return ranking, self.settings.regularisation * squares / self.settings.batch_size


if __name__ == "__main__":
    run_peer(Mmgcn)
