"""LightGCN in PyTorch: Z_l+1 = N Z_l, x = mean(Z_0 ... Z_C), BPR; N = D^-1 (A + 1), as it is LATTICE's backbone.

    python3 bench/peers/lightgcn.py --data FOLDER
"""

import torch

from lattice import user_item_graph
from ranking import Settings, bpr, embedding, half_squares, propagate, sparse_matrix
from train_epochs import run_peer

SETTINGS = Settings(regularisation=1e-5, learning_rate=5e-4)


class LightGcn(torch.nn.Module):
    def __init__(self, problem, settings=SETTINGS, dtype=torch.float32):
        super().__init__()
        self.settings = settings
        nodes = problem.number_of_users + problem.number_of_items
        self.graph = sparse_matrix(*user_item_graph(problem, dtype), (nodes, nodes))
        self.users = embedding(problem.number_of_users, settings.embedding_size, dtype)
        self.items = embedding(problem.number_of_items, settings.embedding_size, dtype)

    def loss(self, users, positives, negatives):
        x_users, x_items = propagate(self.graph, self.users, self.items, self.settings.layers)
        u, i, j = x_users[users], x_items[positives], x_items[negatives]
        return bpr(u, i, j), self.settings.regularisation * half_squares(u, i, j) / self.settings.batch_size


if __name__ == "__main__":
    run_peer(LightGcn, with_features=False)
