"""The peer's accuracy: trains the sparse PyTorch LATTICE by interaction to the end and reports test at the best validation.

Every training pair once an epoch with one negative among the items seen in training; validated every epoch by
Recall@20, stopped after `patience` validations without a new best. Full ranking without the user's training items; NDCG is
the standard one. One JSON line a seed, then mean and standard deviation.

    python3 bench/peers/accuracy.py --dataset FOLDER --seeds 1 2 3
"""

import argparse
import json
import statistics

import numpy as np
import torch

from lattice import Settings, learning_rate_factor
from lattice_sparse import clear_gradients, create_model
from problem import read_held_out, read_problem

CUTOFF = 20
LOGGED_EPOCHS = (0, 1, 2, 4, 14)


def batches(problem, batch_size, random):
    """(users, positives, negatives) of one epoch; the last batch is short."""
    seen = np.unique(problem.items)
    order = random.permutation(problem.interactions)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        users, positives = problem.users[chosen], problem.items[chosen]
        negatives = random.choice(seen, len(chosen))
        taken = problem.has_interaction(users, negatives)
        while taken.any():
            negatives[taken] = random.choice(seen, int(taken.sum()))
            taken = problem.has_interaction(users, negatives)
        yield [torch.from_numpy(index.astype(np.int64)) for index in (users, positives, negatives)]


def figures(model, problem, held_out):
    """Recall@20 and standard NDCG@20, averaged over the users with held-out items, for each of the held-out sets."""
    model.eval()
    with torch.no_grad():
        during_epoch = model.graph
        users, items = model(True)
        model.graph = during_epoch
        scores = users @ items.t()
        scores[problem.users, problem.items] = -torch.inf
        best = torch.topk(scores, CUTOFF, dim=1).indices.numpy()
    model.train()
    discounts = 1 / np.log2(np.arange(CUTOFF) + 2)
    results = []
    for held in held_out:
        recalls, gains = [], []
        for user, wanted in held.items():
            hits = np.isin(best[user], wanted)
            recalls.append(hits.sum() / len(wanted))
            gains.append((hits * discounts).sum() / discounts[: len(wanted)].sum())
        results.append((float(np.mean(recalls)), float(np.mean(gains))))
    return results


def train(folder, settings, seed, epochs, patience):
    # Training changes the features in place, so every seed reads them anew.
    problem = read_problem(folder)
    held_out = [read_held_out(folder, label) for label in (1, 2)]
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = create_model(problem, settings, products="bags")
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    losses = {}
    best = {"validation": -1.0}
    since = 0
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = settings.learning_rate * learning_rate_factor(epoch)
        total = 0.0
        for step, batch in enumerate(batches(problem, settings.batch_size, random)):
            clear_gradients(optimiser)
            ranking, regularisation = model.loss(batch, step == 0)
            loss = ranking + regularisation
            loss.backward()
            optimiser.step()
            total += loss.item()
        if epoch in LOGGED_EPOCHS:
            losses[str(epoch)] = round(total, 4)
        validation, test = figures(model, problem, held_out)
        since += 1
        if validation[0] > best["validation"]:
            best = {"validation": validation[0], "recall": test[0], "ndcg": test[1], "epoch": epoch}
            since = 0
        if since > patience:
            break
    return {"seed": seed, **best, "losses": losses}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=1000)
    parser.add_argument("--patience", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=2048)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--regularisation", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    settings = Settings(
        batch_size=given.batch_size, learning_rate=given.learning_rate, regularisation=given.regularisation
    )
    runs = []
    for seed in given.seeds:
        runs.append(train(given.dataset, settings, seed, given.epochs, given.patience))
        print(json.dumps(runs[-1]), flush=True)

    def summarised(values):
        sd = round(statistics.stdev(values), 4) if len(values) > 1 else None
        return {"mean": round(statistics.mean(values), 4), "sd": sd}

    summary = {name: summarised([run[name] for run in runs]) for name in ("validation", "recall", "ndcg")}
    logged = [str(epoch) for epoch in LOGGED_EPOCHS if all(str(epoch) in run["losses"] for run in runs)]
    summary["losses"] = {epoch: summarised([run["losses"][epoch] for run in runs]) for epoch in logged}
    print(json.dumps({"seeds": len(runs), **summary}))


if __name__ == "__main__":
    main()
