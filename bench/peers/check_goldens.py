"""Checks that both peers are LATTICE: loss, final embeddings and every gradient in float64 against golden values.

    python3 bench/peers/check_goldens.py GOLDENS

GOLDENS is a folder with problem.json and lattice_{mf,lightgcn,ngcf}.json. Also follows the optimiser for four
steps over a rebuilt graph: the dense peer with zeroed gradients, the sparse one with absent ones. Exits 1 on a difference.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

import lattice_dense
import lattice_sparse
from lattice import Settings
from problem import Problem

TOLERANCE = 1e-9

GOLDEN_NAMES = {
    "users": "user_embedding.weight",
    "items": "item_id_embedding.weight",
    "features.image": "image_embedding.weight",
    "features.text": "text_embedding.weight",
    "projections.image": "image_trs",
    "projections.text": "text_trs",
    "modality_scores": "modal_weight",
    "side_layers": "GC_Linear_list",
    "product_layers": "Bi_Linear_list",
}


def golden_name(name):
    for ours, theirs in GOLDEN_NAMES.items():
        if name.startswith(ours):
            return theirs + name[len(ours) :]
    raise KeyError(name)


def read_golden_problem(golden):
    pairs = np.array([(int(u), i) for u, items in golden["train"].items() for i in items])
    features = {"image": np.array(golden["image_feats"]), "text": np.array(golden["text_feats"])}
    return Problem(pairs[:, 0], pairs[:, 1], features, golden["n_users"], golden["n_items"], np.array([], dtype=np.int64))


def batch_of(golden, index):
    return tuple(torch.tensor(golden["batches"][index][key]) for key in ("users", "pos", "neg"))


class Comparison:
    """The largest relative difference met, by what was compared."""

    def __init__(self, label):
        self.label = label
        self.worst = {}

    def add(self, what, value, golden):
        golden = np.asarray(golden, dtype=np.float64)
        difference = float(np.abs(np.asarray(value, dtype=np.float64) - golden).max())
        largest = float(np.abs(golden).max())
        relative = difference / largest if largest > 0 else difference
        self.worst[what] = max(relative, self.worst.get(what, 0.0))

    def report(self):
        good = all(value <= TOLERANCE for value in self.worst.values())
        figures = ", ".join(f"{what} {value:.1e}" for what, value in self.worst.items())
        print(f"{'ok  ' if good else 'FAIL'} {self.label}: {figures}")
        return good


def load_parameters(model, values):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.tensor(values[golden_name(name)], dtype=torch.float64))


def check_gradients(comparison, what, model, golden):
    for name, parameter in model.named_parameters():
        expected = golden[golden_name(name)]
        if expected is None:
            comparison.add(what, 0.0 if parameter.grad is None else 1.0, 0.0)
        else:
            comparison.add(what, parameter.grad.numpy(), expected)


def check_forward(comparison, what, model, batch, build, forward):
    ranking, regularisation = model.loss(batch, build)
    comparison.add(f"{what} loss", [ranking.item(), regularisation.item()], [forward["mf_loss"], forward["emb_loss"]])
    model.zero_grad(set_to_none=True)
    (ranking + regularisation).backward()


def check_peer(label, create_model, clear_gradients, adam, golden, values, settings):
    comparison = Comparison(label)
    problem = read_golden_problem(golden)
    model = create_model(problem, settings, torch.float64)
    load_parameters(model, values["params"])
    check_forward(comparison, "build", model, batch_of(golden, 0), True, values["forward_build"])
    check_gradients(comparison, "build gradients", model, values["grads_build"])
    check_forward(comparison, "constant", model, batch_of(golden, 1), False, values["forward_detached_batch1"])
    check_gradients(comparison, "constant gradients", model, values["grads_detached_batch1"])

    load_parameters(model, values["params"])
    optimiser = torch.optim.Adam(model.parameters(), lr=golden["lr"])
    for step in range(4):
        for group in optimiser.param_groups:
            group["lr"] = values[adam]["lrs"][step]
        clear_gradients(optimiser)
        ranking, regularisation = model.loss(batch_of(golden, step), step in (0, 3))
        comparison.add("adam losses", [ranking.item(), regularisation.item()], values[adam]["losses"][step][:2])
        (ranking + regularisation).backward()
        optimiser.step()
        if step >= 2:
            for name, parameter in model.named_parameters():
                expected = values[adam][f"params_after_{step + 1}"][golden_name(name)]
                comparison.add("parameters", parameter.detach().numpy(), expected)
    return comparison.report()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    golden = json.loads((folder / "problem.json").read_text())
    good = True
    for backbone in ("mf", "lightgcn", "ngcf"):
        values = json.loads((folder / f"lattice_{backbone}.json").read_text())
        settings = Settings(
            backbone=backbone,
            embedding_size=golden["embed_size"],
            feature_embedding_size=golden["feat_embed_dim"],
            neighbours=golden["topk"],
            skip=golden["lambda_coeff"],
            item_layers=golden["n_layers"],
            layers=golden["n_ui_layers"],
            dropout=0.0,
            regularisation=golden["decay"],
            batch_size=golden["batch_size"],
            learning_rate=golden["lr"],
        )
        peers = [("dense", lattice_dense.create_model, lattice_dense.clear_gradients, "adam_zero_grads")]
        for products in sorted(lattice_sparse.PRODUCTS):

            def create(problem, settings, dtype, products=products):
                return lattice_sparse.create_model(problem, settings, dtype, products)

            peers.append((f"sparse ({products})", create, lattice_sparse.clear_gradients, "adam_none_grads"))
        for name, create_model, clear_gradients, adam in peers:
            good &= check_peer(f"{name}, {backbone}", create_model, clear_gradients, adam, golden, values, settings)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
