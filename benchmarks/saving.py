"""What saving costs a training, early and late: its share of the time, at two lengths.

    python benchmarks/saving.py
    python benchmarks/saving.py --size 64 --width 64 --batch 64 --steps 40

A training is put at each of two steps, with as many rows of history and gradients as it would have
there, and goes on from it for the same number of steps in a process of its own. The figure to quote
is the share, a ratio of two times of one run: other work on the machine moves it little.
"""

import argparse
import json
import multiprocessing as mp
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

POSITIONS = (200, 20_000)
SPLIT = 20
"""Batches in an epoch: a small data set, of which every epoch's end is a place to save at."""


def settings(options: argparse.Namespace):
    """The defaults, with so many epochs that none is the last."""
    from dcgan_core.params import load_params

    return load_params(
        Path(__file__).resolve().parents[1] / "params.yaml",
        {
            "sizes": [str(options.size)],
            "model.ngf": options.width,
            "model.ndf": options.width,
            "model.latent": 100,
            "train.batch_size": options.batch,
            "train.n_dis": 1,
            "train.images": 0,
            "train.epochs": 100_000,
            "train.snapshots": 2,
            "train.log_every": 1,
        },
    )


def put_at(run, step: int) -> None:
    """Give a run the rows that it would have at a step."""
    for _ in range(2):
        run.position.step += 1
        result = run.stepper.step(lambda: run.batches.batch(0, 0))
        run.guard.check(1, result)
    statistics_of_one = {name: float(value) for name, value in result.statistics().items()}
    statistics_of_one |= {"grad_norm_d": 1 / 3, "grad_norm_g": 1 / 7}
    look = run.guard.table.looks[0]
    run.guard.table.looks.clear()
    for number in range(1, step + 1):
        run.position.step = number
        run.history.append(run.position, statistics_of_one, 1000 / 3)
        if number == 1 or number % run.params.watch.every == 0:
            run.guard.table.looks.append({**look, "step": number})


def measured(step: int, options: argparse.Namespace, pipe) -> None:
    """Train on from ``step`` and send what saving took of it."""
    import numpy as np

    from dcgan_core.device import resolve
    from dcgan_core.train.loop import train_rounds
    from dcgan_core.train.run import Run

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shape = (SPLIT * options.batch, options.size, options.size, 3)
        pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        np.save(folder / "train.npy", pixels)
        device = resolve("cpu")
        run = Run(settings(options), str(options.size), device, folder / "train.npy", folder)
        put_at(run, step)
        run.save()
        save, saves = run.save, []

        def timed() -> None:
            started = time.perf_counter()
            save()
            saves.append(time.perf_counter() - started)

        run.save = timed
        run.position.total = step + options.steps
        started = time.perf_counter()
        train_rounds(run, stop=False)
        whole = time.perf_counter() - started
        pipe.send(
            {
                "step": step,
                "steps": options.steps,
                "ms a step": round(1e3 * (whole - sum(saves)) / options.steps, 2),
                "saves": len(saves),
                "ms a save": round(1e3 * statistics.median(saves), 2),
                "saving, share of the time": round(sum(saves) / whole, 4),
                "state.pt KB": round((folder / "state.pt").stat().st_size / 1e3),
            }
        )


def main() -> None:
    """Measure at both positions, and print a line each and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--width", type=int, default=8, help="ngf and ndf")
    parser.add_argument("--steps", type=int, default=2000)
    options = parser.parse_args()
    context, found = mp.get_context("spawn"), []
    for step in POSITIONS:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=measured, args=(step, options, theirs))
        process.start()
        theirs.close()
        found.append(ours.recv())
        print(json.dumps(found[-1]), flush=True)
        process.join()
    early, late = (one["ms a save"] for one in found)
    print(f"a save at step {POSITIONS[1]:,} takes {late / early:.2f}x one at step {POSITIONS[0]}")


if __name__ == "__main__":
    main()
