"""The data a peer trains on: a dataset folder (one .inter file and *_feat.npy files) read into numpy, and the by-user sampler.

The sampler is the one of the paper's released training: an epoch is floor(n / B) + 1 steps, each of B distinct users
with one positive and one uniformly drawn negative. The other one takes every training pair once an epoch.
"""

from pathlib import Path

import numpy as np


class Problem:
    """Interactions of the training split, sorted by user, and the feature matrices by modality."""

    def __init__(self, users, items, features, number_of_users, number_of_items, held_out_users):
        order = np.lexsort((items, users))
        self.users = users[order]
        self.items = items[order]
        self.features = features
        self.number_of_users = number_of_users
        self.number_of_items = number_of_items
        self.held_out_users = held_out_users
        self.row_pointers = np.searchsorted(self.users, np.arange(number_of_users + 1))
        self.active_users = np.flatnonzero(np.diff(self.row_pointers))
        self.pair_keys = self.users.astype(np.int64) * number_of_items + self.items

    @property
    def interactions(self):
        return len(self.users)

    def has_interaction(self, users, items):
        """Whether each (user, item) is a training pair."""
        keys = users.astype(np.int64) * self.number_of_items + items
        places = np.minimum(np.searchsorted(self.pair_keys, keys), len(self.pair_keys) - 1)
        return self.pair_keys[places] == keys


def read_interactions(folder):
    """(users, items, labels) of the folder's .inter file. Columns userID, itemID and x_label are found by name."""
    path = next(iter(sorted(Path(folder).glob("*.inter"))))
    with open(path, encoding="utf-8-sig") as file:
        header = file.readline().split()
        wanted = [header.index(name) for name in ("userID", "itemID", "x_label")]
        return np.loadtxt(file, dtype=np.int64, delimiter="\t", usecols=wanted, ndmin=2).T


def read_held_out(folder, label):
    """The distinct items of every user that has some with this label (1 validation, 2 test)."""
    users, items, labels = read_interactions(folder)
    chosen = labels == label
    return {int(user): np.unique(items[chosen & (users == user)]) for user in np.unique(users[chosen])}


def read_problem(folder, with_features=True):
    """Reads the folder; label 0 is training. Without features the matrices stay on the disk."""
    folder = Path(folder)
    users, items, labels = read_interactions(folder)
    matrices = {
        feature.name[: -len("_feat.npy")]: np.load(feature, mmap_mode=None if with_features else "r")
        for feature in sorted(folder.glob("*_feat.npy"))
    }
    features = {name: x.astype(np.float32, copy=False) for name, x in matrices.items()} if with_features else {}
    training = labels == 0
    return Problem(
        users[training],
        items[training],
        features,
        int(users.max()) + 1,
        next(iter(matrices.values())).shape[0],
        np.unique(users[labels == 2]),
    )


def steps_per_epoch(problem, batch_size):
    return problem.interactions // batch_size + 1


def sample_batch(problem, batch_size, random):
    """(users, positives, negatives), each of batch_size int64 indices."""
    active = problem.active_users
    users = random.choice(active, batch_size, replace=len(active) < batch_size)
    starts = problem.row_pointers[users]
    degrees = problem.row_pointers[users + 1] - starts
    positives = problem.items[starts + (random.random(batch_size) * degrees).astype(np.int64)]
    return users, positives, sample_negatives(problem, users, random)


def sample_negatives(problem, users, random):
    """An item for each user, uniformly among those that are not in the user's training items."""
    negatives = random.integers(0, problem.number_of_items, len(users))
    taken = problem.has_interaction(users, negatives)
    while taken.any():
        negatives[taken] = random.integers(0, problem.number_of_items, int(taken.sum()))
        taken = problem.has_interaction(users, negatives)
    return negatives


def batches_by_interaction(problem, batch_size, random):
    """(users, positives, negatives) of one epoch, every training pair once; the last batch is short."""
    order = random.permutation(problem.interactions)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        users = problem.users[chosen]
        yield users, problem.items[chosen], sample_negatives(problem, users, random)
