"""BM3 in PyTorch: without negatives, a representation through a predictor is to point where dropout left another.

    h_u = lightgcn(u)    h_i = lightgcn(i) + e_i    h_m = W_m x_im + b_m
    p(h) = W_p h + b_p    t(h) = dropout(h), without gradient    C(a, b) = 1 - cos(a, b)
    loss = C(p(h_u), t(h_i)) + C(p(h_i), t(h_u)) + lambda_c sum over m of (C(p(h_m), t(h_i)) + C(p(h_m), t(h_m)))

All items are projected in every step; predictor, targets and cosines are computed for the batch's pairs alone.

    python3 bench/peers/bm3.py --data FOLDER
"""

from dataclasses import dataclass

import torch
from torch.nn import functional

from ranking import Projections, Settings, embedding, half_squares, propagate, symmetric_user_item_graph
from train_epochs import run_peer


@dataclass(frozen=True)
class Bm3Settings(Settings):
    layers: int = 1
    dropout: float = 0.5
    contrast_weight: float = 2.0


def distance(a, b):
    return 1 - functional.cosine_similarity(a, b, dim=-1).mean()


class Bm3(torch.nn.Module):
    def __init__(self, problem, settings=Bm3Settings(), dtype=torch.float32):
        super().__init__()
        self.settings = settings
        shape = (problem.number_of_users, problem.number_of_items)
        self.graph = symmetric_user_item_graph(
            torch.from_numpy(problem.users), torch.from_numpy(problem.items), shape, dtype
        )
        self.users = embedding(problem.number_of_users, settings.embedding_size, dtype)
        self.items = embedding(problem.number_of_items, settings.embedding_size, dtype)
        self.projections = Projections(problem.features, settings.embedding_size, dtype, xavier=True)
        self.predictor = torch.nn.Linear(settings.embedding_size, settings.embedding_size, dtype=dtype)
        torch.nn.init.xavier_uniform_(self.predictor.weight)

    def target(self, h):
        return functional.dropout(h.detach(), self.settings.dropout)

    def loss(self, users, positives, _negatives):
        x_users, x_items = propagate(self.graph, self.users, self.items, self.settings.layers)
        h_users, h_items = x_users, x_items + self.items
        u, i = h_users[users], h_items[positives]
        item_target = self.target(i)
        total = distance(self.predictor(u), item_target) + distance(self.predictor(i), self.target(u))
        for projected in self.projections():
            f = projected[positives]
            predicted = self.predictor(f)
            aligned = distance(predicted, item_target) + distance(predicted, self.target(f))
            total = total + self.settings.contrast_weight * aligned
        return total, self.regularisation(h_users, h_items, users, positives)

    def regularisation(self, h_users, h_items, users, items):
        """Of the batch's distinct users and items."""
        if self.settings.regularisation == 0:
            return torch.zeros((), dtype=h_users.dtype)
        squares = half_squares(h_users[torch.unique(users)], h_items[torch.unique(items)])
        return self.settings.regularisation * squares / self.settings.batch_size


if __name__ == "__main__":
    run_peer(Bm3)
