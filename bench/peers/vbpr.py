"""VBPR in PyTorch: y_ui = beta_i + gamma_u . gamma_i + theta_u . f_i + beta'(f_i), f_i = sum over m of E_m x_im, BPR.

E_m and beta' are one projection, whose last column is beta'. All items are projected in every step.

    python3 bench/peers/vbpr.py --data FOLDER
"""

from dataclasses import dataclass

import torch

from ranking import Projections, Settings, bpr, embedding, half_squares
from train_epochs import run_peer


@dataclass(frozen=True)
class VbprSettings(Settings):
    regularisation: float = 1e-2
    feature_size: int = 64


class Vbpr(torch.nn.Module):
    def __init__(self, problem, settings=VbprSettings(), dtype=torch.float32):
        super().__init__()
        self.settings = settings
        self.users = embedding(problem.number_of_users, settings.embedding_size, dtype)
        self.items = embedding(problem.number_of_items, settings.embedding_size, dtype)
        self.user_features = embedding(problem.number_of_users, settings.feature_size, dtype)
        self.item_bias = torch.nn.Parameter(torch.zeros(problem.number_of_items, 1, dtype=dtype))
        self.projections = Projections(problem.features, settings.feature_size + 1, dtype, xavier=True)

    def loss(self, users, positives, negatives):
        projected = sum(self.projections())
        x_items = torch.cat([self.items, projected, self.item_bias], 1)
        ones = self.users.new_ones(len(users), 2)
        u = torch.cat([self.users[users], self.user_features[users], ones], 1)
        i, j = x_items[positives], x_items[negatives]
        return bpr(u, i, j), self.settings.regularisation * half_squares(u, i, j) / self.settings.batch_size


if __name__ == "__main__":
    run_peer(Vbpr)
