"""Trains a peer by interaction for whole epochs, one more than are timed, and prints one JSON object."""

import argparse
import json
import sys
import time

from measure import peak_memory_bytes, restart_with_threads


def arguments():
    parser = argparse.ArgumentParser(
        description=sys.modules["__main__"].__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="dataset folder: one .inter file and *_feat.npy files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=1, help="epochs to time; one more runs before them")
    return parser.parse_args()


def run_peer(peer, with_features=True):
    """`peer(problem)` is the model; see `ranking.py`."""
    options = arguments()
    restart_with_threads(options.threads)

    import numpy as np
    import torch

    from lattice import learning_rate_factor
    from problem import batches_by_interaction, read_problem

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    problem = read_problem(options.data, with_features)
    model = peer(problem)
    optimiser = torch.optim.Adam(model.parameters(), lr=model.settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, learning_rate_factor)

    def epoch():
        """Wall seconds, CPU seconds over all threads, summed loss."""
        wall, cpu, total = time.perf_counter(), time.process_time(), 0.0
        if hasattr(model, "start_epoch"):
            model.start_epoch()
        for batch in batches_by_interaction(problem, options.batch, random):
            optimiser.zero_grad(set_to_none=True)
            ranking, regularisation = model.loss(*(torch.from_numpy(part) for part in batch))
            loss = ranking + regularisation
            loss.backward()
            optimiser.step()
            total += loss.item()
        schedule.step()
        return time.perf_counter() - wall, time.process_time() - cpu, total

    walls, cpus, losses = zip(*(epoch() for _ in range(options.epochs + 1)))
    print(
        json.dumps(
            {
                "epochSeconds": walls[1:],
                "epochCpuSeconds": cpus[1:],
                "peakBytes": peak_memory_bytes(),
                "losses": losses,
                "gigaflops": product_gigaflops(torch),
            }
        )
    )


def product_gigaflops(torch, size=1024, times=5):
    """10^9 multiplications and additions a second of a square product: the best of some, to tell a slow BLAS."""
    x = torch.ones(size, size)
    seconds = []
    for _ in range(times):
        before = time.perf_counter()
        torch.mm(x, x)
        seconds.append(time.perf_counter() - before)
    return 2e-9 * size**3 / min(seconds)
