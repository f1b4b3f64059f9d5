"""What both peers share: LATTICE's parameters, the collaborative backbones, the plug and the BPR loss, in PyTorch.

    F_m = X_m W_m' + b_m        alpha = softmax(a)        H = G^L E
    x_u = backbone(u)           x_i = backbone(i) + h_i / max(|h_i|, 1e-12)

How G is represented and propagated is the peers' difference: an item graph object with the methods
`build(projected, weights) -> G`, `constant(G) -> G` and `propagate(G, embeddings)`; likewise the user-item product.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Settings:
    backbone: str = "lightgcn"
    embedding_size: int = 64
    feature_embedding_size: int = 64
    neighbours: int = 10
    skip: float = 0.9
    item_layers: int = 1
    layers: int = 2
    dropout: float = 0.1
    regularisation: float = 1e-5
    batch_size: int = 1024
    learning_rate: float = 5e-4


def user_item_graph(problem, dtype):
    """D^-1 (A + 1) over users then items, self loops added, as (rows, columns, values) sorted by row then column."""
    users = torch.from_numpy(problem.users)
    items = torch.from_numpy(problem.items) + problem.number_of_users
    nodes = problem.number_of_users + problem.number_of_items
    loops = torch.arange(nodes)
    rows = torch.cat([users, items, loops])
    columns = torch.cat([items, users, loops])
    order = torch.argsort(rows * nodes + columns)
    rows, columns = rows[order], columns[order]
    degrees = torch.bincount(rows, minlength=nodes).to(dtype)
    return rows, columns, 1.0 / degrees[rows]


class Lattice(torch.nn.Module):
    """The model over an item graph object and a user-item product (a function embeddings -> N embeddings).

    Features of the wanted precision are not copied: training changes them in the problem too, so a second model needs a
    problem read anew.
    """

    def __init__(self, problem, settings, item_graph, user_item_product, dtype=torch.float32):
        super().__init__()
        self.settings = settings
        self.item_graph = item_graph
        self.user_item_product = user_item_product
        self.graph = None
        size, projected = settings.embedding_size, settings.feature_embedding_size
        self.users = torch.nn.Parameter(torch.empty(problem.number_of_users, size, dtype=dtype))
        self.items = torch.nn.Parameter(torch.empty(problem.number_of_items, size, dtype=dtype))
        torch.nn.init.xavier_uniform_(self.users)
        torch.nn.init.xavier_uniform_(self.items)
        self.features = torch.nn.ParameterDict(
            {name: torch.nn.Parameter(torch.from_numpy(x).to(dtype)) for name, x in problem.features.items()}
        )
        self.projections = torch.nn.ModuleDict(
            {name: torch.nn.Linear(x.shape[1], projected, dtype=dtype) for name, x in problem.features.items()}
        )
        self.modality_scores = torch.nn.Parameter(torch.full((len(problem.features),), 0.5, dtype=dtype))
        depth = settings.layers if settings.backbone == "ngcf" else 0
        self.side_layers = torch.nn.ModuleList([torch.nn.Linear(size, size, dtype=dtype) for _ in range(depth)])
        self.product_layers = torch.nn.ModuleList([torch.nn.Linear(size, size, dtype=dtype) for _ in range(depth)])

    def build_graph(self):
        """G from the current parameters, with gradient."""
        projected = [self.projections[name](x) for name, x in self.features.items()]
        return self.item_graph.build(projected, torch.softmax(self.modality_scores, 0))

    def forward(self, build):
        """Final embeddings of all users and all items; G is rebuilt with gradient, or the last one taken as a constant."""
        self.graph = self.build_graph() if build else self.item_graph.constant(self.graph)
        affinities = self.items
        for _ in range(self.settings.item_layers):
            affinities = self.item_graph.propagate(self.graph, affinities)
        users, items = self.backbone()
        return users, items + functional.normalize(affinities, p=2, dim=1, eps=1e-12)

    def backbone(self):
        if self.settings.backbone == "mf":
            return self.users, self.items
        layer = torch.cat([self.users, self.items])
        layers = [layer]
        for depth in range(self.settings.layers):
            side = self.user_item_product(layer)
            if self.settings.backbone == "lightgcn":
                layer = side
                layers.append(layer)
            else:
                layer = functional.leaky_relu(self.side_layers[depth](side), 0.01) + functional.leaky_relu(
                    self.product_layers[depth](layer * side), 0.01
                )
                layer = functional.dropout(layer, self.settings.dropout, self.training)
                layers.append(functional.normalize(layer, p=2, dim=1, eps=1e-12))
        mean = torch.stack(layers, 1).mean(1)
        return mean.split([len(self.users), len(self.items)])

    def loss(self, batch, build):
        """(ranking, regularisation) of a batch of index tensors."""
        users, items = self(build)
        u, i, j = users[batch[0]], items[batch[1]], items[batch[2]]
        ranking = -functional.logsigmoid((u * i).sum(1) - (u * j).sum(1)).mean()
        squares = 0.5 * (u.square().sum() + i.square().sum() + j.square().sum())
        return ranking, self.settings.regularisation * squares / self.settings.batch_size


def learning_rate_factor(epoch):
    return math.pow(0.96, epoch / 50)
