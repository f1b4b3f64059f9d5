"""Times a peer on a dataset folder and prints one JSON object.

Either whole epochs (`--epochs`), or the two kinds of step an epoch consists of (`--steps`): the step that builds the
graph and the ordinary step, the epoch then being build + (steps - 1) x ordinary. Afterwards the full ranking of all users:
the bare score products, and the same with the training items masked and the best 20 taken.
"""

import argparse
import json
import os
import resource
import sys
import time


def arguments(products):
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--data", required=True, help="dataset folder: one .inter file and *_feat.npy files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=0, help="time this many whole epochs")
    parser.add_argument("--steps", type=int, default=10, help="without --epochs: ordinary steps to time")
    parser.add_argument("--builds", type=int, default=2, help="without --epochs: building steps to time")
    parser.add_argument("--evaluations", type=int, default=3, help="evaluations to time (0: none)")
    if products:
        parser.add_argument("--products", choices=products, default="coordinates")
    return parser.parse_args()


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def median_of_both(pairs):
    """Medians of (wall, CPU) seconds, each on its own."""
    return median([float(pair[0]) for pair in pairs]), median([float(pair[1]) for pair in pairs])


def peak_memory_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def restart_with_threads(threads):
    """Starts the process again where BLAS was loaded, by importing torch, before it was told how many threads to use."""
    wanted = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})


def run_peer(name, create_model, clear_gradients, products=None):
    """Trains and times; `create_model(problem, settings, **options)` is the peer."""
    options = arguments(products)
    restart_with_threads(options.threads)

    import numpy as np
    import torch

    from lattice import Settings, learning_rate_factor
    from problem import read_problem, sample_batch, steps_per_epoch

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    problem = read_problem(options.data)
    settings = Settings(batch_size=options.batch)
    started = time.perf_counter()
    chosen = {"products": options.products} if products else {}
    model = create_model(problem, settings, **chosen)
    graph_seconds = time.perf_counter() - started
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, learning_rate_factor)
    steps = steps_per_epoch(problem, options.batch)
    losses = []

    def now():
        """Wall and CPU seconds; the latter over all threads."""
        return np.array([time.perf_counter(), time.process_time()])

    def step(build):
        before = now()
        batch = tuple(torch.from_numpy(part) for part in sample_batch(problem, options.batch, random))
        clear_gradients(optimiser)
        ranking, regularisation = model.loss(batch, build)
        (ranking + regularisation).backward()
        optimiser.step()
        losses.append(float(ranking.detach() + regularisation.detach()))
        return now() - before

    epochs, builds, ordinary = [], [], []
    if options.epochs:
        for _ in range(options.epochs):
            before = now()
            builds.append(step(True))
            ordinary += [step(False) for _ in range(steps - 1)]
            schedule.step()
            epochs.append(now() - before)
    else:
        for _ in range(options.builds):
            builds.append(step(True))
            # The step after a build also turns the graph into a constant: once an epoch, so it is not timed as an ordinary one.
            step(False)
            ordinary += [step(False) for _ in range(max(1, options.steps // options.builds))]
    training_peak = peak_memory_bytes()
    build_seconds, build_cpu = median_of_both(builds)
    step_seconds, step_cpu = median_of_both(ordinary)
    if not epochs:
        epochs = [np.array([build_seconds + (steps - 1) * step_seconds, build_cpu + (steps - 1) * step_cpu])]

    evaluation = None
    if options.evaluations:
        model.eval()
        with torch.no_grad():
            before = time.perf_counter()
            users, items = model(True)
            rebuild = time.perf_counter() - before
            products_seconds = [time_products(torch, users, items, None) for _ in range(options.evaluations)]
            buffer = torch.empty(USER_BLOCK, len(items))
            buffered_seconds = [time_products(torch, users, items, buffer) for _ in range(options.evaluations)]
            ranking_seconds = [time_ranking(torch, problem, users, items) for _ in range(options.evaluations)]
        evaluation = {
            "rebuildSeconds": rebuild,
            "productsSeconds": products_seconds,
            "bufferedProductsSeconds": buffered_seconds,
            "rankingSeconds": ranking_seconds,
        }

    print(
        json.dumps(
            {
                "peer": name,
                **chosen,
                "threads": options.threads,
                "stepsPerEpoch": steps,
                "graphSeconds": graph_seconds,
                "buildSeconds": [float(build[0]) for build in builds],
                "stepSeconds": step_seconds,
                "epochSeconds": [float(epoch[0]) for epoch in epochs],
                "epochCpuSeconds": [float(epoch[1]) for epoch in epochs],
                "extrapolated": options.epochs == 0,
                "trainingPeakBytes": training_peak,
                "peakBytes": peak_memory_bytes(),
                "evaluation": evaluation,
                "firstLoss": losses[0],
                "lastLoss": losses[-1],
            }
        )
    )


USER_BLOCK = 2048


def time_products(torch, users, items, buffer):
    """Seconds for every user's score of every item, in blocks of users; with a buffer no block allocates its scores."""
    before = time.perf_counter()
    for block in users.split(USER_BLOCK):
        torch.mm(block, items.t(), out=None if buffer is None else buffer[: len(block)])
    return time.perf_counter() - before


def time_ranking(torch, problem, users, items):
    """Seconds for the best 20 items of every user, training items left out."""
    rows = torch.from_numpy(problem.users)
    columns = torch.from_numpy(problem.items)
    pointers = torch.from_numpy(problem.row_pointers)
    before = time.perf_counter()
    for start in range(0, len(users), USER_BLOCK):
        end = min(start + USER_BLOCK, len(users))
        scores = users[start:end] @ items.t()
        first, last = pointers[start], pointers[end]
        scores[rows[first:last] - start, columns[first:last]] = -torch.inf
        torch.topk(scores, 20, dim=-1)
    return time.perf_counter() - before
