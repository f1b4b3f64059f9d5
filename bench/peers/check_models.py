"""Checks that the peers of single models are the same models: loss and every gradient of a batch, in float64, as ours computed them.

    node bench/models/problem.ts > problem.json
    python3 bench/peers/check_models.py problem.json

Exits 1 on a difference.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import torch

from bm3 import Bm3, Bm3Settings
from check_goldens import Comparison
from freedom import Freedom, FreedomSettings
from lightgcn import LightGcn
from mmgcn import Mmgcn, MmgcnSettings
from problem import Problem
from ranking import Settings
from vbpr import Vbpr, VbprSettings

OUR_NAMES = {
    "users": "embedding.users",
    "items": "embedding.items",
    "user_features": "vbpr.userFeatures",
    "item_bias": "vbpr.itemBias",
    "predictor.weight": "bm3.predictor.weight",
    "predictor.bias": "bm3.predictor.bias",
}


def our_name(name):
    if name.startswith("preference."):
        return re.sub(r"preference\.(.+)", r"mmgcn.\1.preference", name)
    if name.startswith("convolution."):
        return name.replace("convolution", "mmgcn")
    return OUR_NAMES.get(name) or name.replace("projections.linear", "projection")


def common(options):
    return {
        "embedding_size": options["embeddingSize"],
        "layers": options["layers"],
        "regularisation": options["regularisation"],
        "batch_size": options["batchSize"],
    }


def create_peer(case, problem):
    options = case["options"]
    if case["model"] == "lightgcn":
        return LightGcn(problem, Settings(**common(options)), torch.float64)
    if case["model"] == "vbpr":
        settings = VbprSettings(**common(options), feature_size=options["featureEmbeddingSize"])
        return Vbpr(problem, settings, torch.float64)
    if case["model"] == "freedom":
        settings = FreedomSettings(
            **common(options),
            neighbours=options["neighbours"],
            item_layers=options["itemLayers"],
            feature_weight=options["featureWeight"],
            image_share=options["imageShare"],
        )
        peer = Freedom(problem, settings, torch.float64)
        degrees = torch.tensor(case["kept"]["rowPointers"]).diff()
        peer.keep(torch.arange(len(degrees)).repeat_interleave(degrees), torch.tensor(case["kept"]["columnIndices"]))
        return peer
    if case["model"] == "mmgcn":
        settings = MmgcnSettings(**common(options), feature_size=options["featureEmbeddingSize"])
        return Mmgcn(problem, settings, torch.float64)
    settings = Bm3Settings(**common(options), dropout=options["dropout"], contrast_weight=options["contrastWeight"])
    return Bm3(problem, settings, torch.float64)


def check_case(label, case, problem, batch):
    peer = create_peer(case, problem)
    with torch.no_grad():
        for name, parameter in peer.named_parameters():
            values = torch.tensor(case["parameters"][our_name(name)], dtype=torch.float64)
            parameter.copy_(values.reshape(parameter.shape))
    ranking, regularisation = peer.loss(*batch)
    (ranking + regularisation).backward()
    comparison = Comparison(label)
    comparison.add(
        "loss", [ranking.item(), regularisation.item()], [case["loss"]["ranking"], case["loss"]["regularisation"]]
    )
    # Compared as one vector, for FREEDOM's biases cancel out of its loss: their gradients are rounding alone.
    gradients = {our_name(name): parameter.grad.reshape(-1).numpy() for name, parameter in peer.named_parameters()}
    if gradients.keys() != case["gradients"].keys():
        raise KeyError(f"{label}: parameters {sorted(gradients)}, expected {sorted(case['gradients'])}")
    ours = np.concatenate([case["gradients"][name] for name in gradients])
    comparison.add("gradients", np.concatenate(list(gradients.values())), ours)
    return comparison.report()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    given = json.loads(Path(sys.argv[1]).read_text())
    pairs = np.array(given["pairs"])
    features = {name: np.array(x).reshape(given["items"], -1) for name, x in given["features"].items()}
    nobody = np.array([], dtype=np.int64)
    problem = Problem(pairs[:, 0], pairs[:, 1], features, given["users"], given["items"], nobody)
    batch = [torch.tensor(given["batch"][part]) for part in ("users", "positives", "negatives")]
    cases = enumerate(given["cases"])
    good = [check_case(f"{case['model']}, case {number}", case, problem, batch) for number, case in cases]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
