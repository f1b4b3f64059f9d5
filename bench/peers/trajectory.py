"""Follows a training of ours: the sparse peer from the same start, over the same batches, printing its loss of each epoch.

    python3 bench/peers/trajectory.py --dataset FOLDER --start FOLDER

START, written by bench/trajectory.ts, holds `task.json` (the settings, the steps of an epoch, the modalities), `<parameter>.npy` and
`batches.npy`: a row a triple (user, positive, negative), epoch after epoch. Prints one JSON object.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import lattice_sparse
from lattice import Settings, learning_rate_factor
from problem import read_problem


def nearest(x, k):
    """As the sparse peer's, but of equal cosines (items may have equal features) the smaller item first, as ours takes them."""
    unit = x / x.norm(p=2, dim=-1, keepdim=True)
    with torch.no_grad():
        wide = unit.double()
        # Far below any difference that float32 features leave between cosines, far above float64's rounding.
        preference = 1e-12 * torch.arange(len(x), dtype=torch.float64)
        columns = torch.topk(wide @ wide.t() - preference, k, dim=-1).indices.reshape(-1)
    rows = torch.arange(len(x)).repeat_interleave(k)
    return rows, columns, (unit[rows] * unit[columns]).sum(-1)


def our_name(name):
    """The name that ours gives a parameter of the peer."""
    kind, _, rest = name.partition(".")
    names = {"users": "embedding.users", "items": "embedding.items", "modality_scores": "modality.weights"}
    if kind in names:
        return names[kind]
    if kind == "features":
        return f"features.{rest}"
    if kind == "projections":
        return f"projection.{rest}"
    raise KeyError(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--start", required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    start = Path(given.start)
    task = json.loads((start / "task.json").read_text())
    settings = Settings(
        batch_size=task["batchSize"], learning_rate=task["learningRate"], regularisation=task["regularisation"]
    )
    problem = read_problem(given.dataset)
    # Ours fixes the order of modalities; alpha is a vector over them.
    problem.features = {name: problem.features[name] for name in task["modalities"]}
    lattice_sparse.nearest = nearest
    model = lattice_sparse.create_model(problem, settings, products="bags")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            file = start / f"{our_name(name)}.npy"
            # Features start as the dataset has them.
            if file.exists():
                parameter.copy_(torch.from_numpy(np.load(file)).reshape(parameter.shape))
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    batches = torch.from_numpy(np.load(start / "batches.npy").astype(np.int64))
    losses, at = [], 0
    for epoch in range(task["epochs"]):
        optimiser.param_groups[0]["lr"] = settings.learning_rate * learning_rate_factor(epoch)
        total = 0.0
        for step, size in enumerate(task["sizes"]):
            triples = batches[at : at + size].t()
            at += size
            lattice_sparse.clear_gradients(optimiser)
            ranking, regularisation = model.loss(tuple(triples), step == 0)
            loss = ranking + regularisation
            loss.backward()
            optimiser.step()
            total += loss.item()
        losses.append(total)
    print(json.dumps({"losses": losses}))


if __name__ == "__main__":
    main()
