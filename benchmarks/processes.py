"""Data-parallel processes against threads on this CPU: the same training, the same cores.

Interleaved rounds of the shipped settings, each in processes of its own: images a second over
steps after a warm-up, and the processor time that all processes spent on an image, which other
work on the machine disturbs less. Waiting for each other counts as such time.

    python benchmarks/processes.py --rounds 5 --recipe quick-64
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np  # noqa: E402

from dcgan_core.device.distributed import joined  # noqa: E402
from dcgan_core.params import load_params  # noqa: E402
from dcgan_core.process.cores import available_cores  # noqa: E402

WARM_UP, STEPS = 4, 12


def measure(recipe: str, folder: Path) -> None:
    """As one rank, or alone: print images a second, and milliseconds of processor an image."""
    import torch

    from dcgan_core.train.run import Run

    params = load_params(ROOT / "params.yaml", recipe=recipe)
    with joined("cpu") as (device, world):
        work = folder / f"work{world.rank}"
        run = Run(params, params.sizes[0], device, folder / "train.npy", work, world)
        for step in range(WARM_UP + STEPS):
            if step == WARM_UP:
                started, worked = time.perf_counter(), time.process_time()
            run.stepper.step(lambda step=step: run.batches.batch(0, step))
        images = STEPS * params.train.batch_size
        rate = images / (time.perf_counter() - started)
        own = torch.tensor((time.process_time() - worked) * 1000 / images)
        spent = world.average(own) * world.count
        if world.first:
            print(rate, spent.item())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--recipe", default="quick-64")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder:
        measure(arguments.recipe, arguments.folder)
        return
    cores = available_cores()
    params = load_params(ROOT / "params.yaml", recipe=arguments.recipe)
    side, batch = int(params.sizes[0]), params.train.batch_size
    measured: dict[int, list[tuple[float, float]]] = {1: [], cores: []}
    with tempfile.TemporaryDirectory() as folder:
        count = (WARM_UP + STEPS) * batch
        codes = np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)
        np.save(Path(folder) / "train.npy", codes)
        for _ in range(arguments.rounds):
            for processes, found in measured.items():
                command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
                command += [f"--nproc-per-node={processes}", __file__, "--folder", folder]
                environment = {**os.environ, "OMP_NUM_THREADS": str(cores // processes)}
                result = subprocess.run(
                    [*command, "--recipe", arguments.recipe],
                    env=environment,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=True,
                )
                rate, spent = map(float, result.stdout.split())
                found.append((rate, spent))
                print(
                    f"{processes} × {cores // processes} threads: {rate:.0f} img/s, "
                    f"{spent:.1f} ms of processor an image",
                    flush=True,
                )
    pairs = [*zip(*measured.values(), strict=True)]
    rates = statistics.median(many[0] / one[0] for one, many in pairs)
    spent = statistics.median(many[1] / one[1] for one, many in pairs)
    print(f"{cores} processes over threads, median: {rates:.2f} × img/s, {spent:.2f} × processor")


if __name__ == "__main__":
    main()
