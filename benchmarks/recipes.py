"""Recipes against each other: same data, same number of images, same seeds.

Each run is a process of its own with one thread; so many run at once as --processes says. Scores
are those of the last averaged generator against test images. Rows are added to --out as runs
end, and runs that it holds already are not made again. Rates are images per second of processor
time, so that other work on the machine does not count.

    python benchmarks/recipes.py --recipes tutorial-64 best-64 --data earth avatars --images 20000
    python benchmarks/recipes.py --data flowers=path/to/flowers.zip --device gpu --images 1000000
"""

import argparse
import json
import logging
import math
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

TASK_OPTIONS = ("images", "batch", "centers", "samples", "device", "threads", "precision")
"""Options of the command that every run is given as they are."""


def settings(task: dict, counts: int):
    """The recipe's settings, for as many images as are asked for.

    Args:
        counts: training images there are.
    """
    from dcgan_core.params import load_params

    train = load_params(ROOT / "params.yaml", recipe=task["recipe"]).train
    # A batch may not outgrow a small data set.
    batch = min(train.batch_size, counts, task["batch"] or counts)
    changes = {
        "train.images": task["images"],
        "train.epochs": 0,
        "train.batch_size": batch,
        "train.seed": task["seed"],
        "train.snapshots": 2,
        "watch.action": "warn",
        "parzen.centers": task["centers"],
        "fidelity.samples": task["samples"],
    }
    if task["precision"] != "own":
        changes["train.precision"] = task["precision"]
    return load_params(ROOT / "params.yaml", changes, recipe=task["recipe"])


def training_split(normalized: Path, images: int, scratch: Path) -> tuple[Path, int]:
    """The pack to train on and its length: all images, or some where fewer are asked for."""
    import numpy as np

    from dcgan_core.data.pack import Pack

    path = normalized / "train.npy"
    with Pack(path) as pack:
        counts = len(pack)
        if images >= counts:
            return path, counts
        short = scratch / "split" / "train.npy"
        short.parent.mkdir()
        chosen = np.random.default_rng(0).permutation(counts)[:images]
        np.save(short, pack.read(np.sort(chosen)))
    return short, images


class Heard(logging.Handler):
    """What the watch said while a run went on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def real_features(normalized: Path, split: str, params):
    """Features of a split's real images, computed once for all runs on it."""
    import numpy as np

    from dcgan_core.data.pack import Pack
    from dcgan_core.evaluate import features
    from dcgan_core.evaluate.reals import code_batches
    from dcgan_core.files import writing

    path = normalized.with_name(f"features-{split}-{params.samples}-{params.seed}.npy")
    if not path.exists():
        with Pack(normalized / f"{split}.npy") as pack:
            found = features.extract(code_batches(pack, params.samples, params.seed))
        with writing(path) as part, part.open("wb") as file:
            np.save(file, found)
    return np.load(path)


def score(snapshot: Path, normalized: Path, params, device) -> dict[str, float]:
    """Fidelity and Parzen log-likelihood of one snapshot against test images."""
    import csv

    from dcgan_core.evaluate import features
    from dcgan_core.evaluate.fidelity import scores
    from dcgan_core.evaluate.parzen_curve import parzen_curve
    from dcgan_core.nets.snapshot import load_generator
    from dcgan_core.sample.latents import draw_latents
    from dcgan_core.sample.sampler import generate

    generator = load_generator(snapshot, device.device)
    fidelity = params.fidelity
    latents = draw_latents(fidelity.samples, generator.latent_length, fidelity.seed)
    fake = features.extract(
        (generate(generator, part) for part in latents.split(64)), device=device.device
    )
    row = scores(real_features(normalized, "test", fidelity), fake, neighbors=fidelity.neighbors)
    table = snapshot.with_name("parzen.csv")
    parzen_curve(snapshot.with_name("snapshots"), normalized, table, params.parzen, device)
    last = list(csv.DictReader(table.read_text().splitlines()))[-1]
    return {**row, "log_likelihood": float(last["log_likelihood"])}


def run_task(task: dict) -> dict:
    """Train and score; one row."""
    import torch

    from dcgan_core.device import resolve
    from dcgan_core.errors import UserError
    from dcgan_core.train import train

    normalized = Path(task["normalized"])
    device = resolve(task["device"], task["threads"])
    heard = Heard()
    logging.getLogger("dcgan").addHandler(heard)
    row = {name: task[name] for name in ("recipe", "data", "seed")}
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        split, counts = training_split(normalized, task["images"], work)
        params = settings(task, counts)
        row["batch"] = params.train.batch_size
        started = time.process_time()
        try:
            train(params, params.sizes[0], device, split, work)
        except UserError as error:
            return {**row, "diverged": str(error), "watch": heard.said}
        seconds = time.process_time() - started
        run = json.loads((work / "run.json").read_text())
        row |= {name: run[name] for name in ("images", "steps", "device")}
        # A GPU's work is not in the processor's time, but its run has the GPU to itself.
        row["img_per_s"] = run["images"] / seconds if device.name == "cpu" else run["img_per_s"]
        row |= {"arithmetic": run["precision"], "watch": heard.said}
        row |= score(work / "final.safetensors", normalized, params, device)
        row["diverged"] = "" if math.isfinite(row["kid"]) else "scores are not finite"
        row |= {"samples": params.fidelity.samples, "torch": torch.__version__}
        if task["sheets"]:
            save_sheet(work / "final.safetensors", params, row, Path(task["sheets"]))
    return row


def save_sheet(snapshot: Path, params, row: dict, folder: Path) -> None:
    """A sheet of samples named after the run."""
    from dcgan_core.nets.snapshot import load_generator
    from dcgan_core.sample.grid import sheet, to_picture
    from dcgan_core.sample.latents import draw_latents
    from dcgan_core.sample.sampler import generate

    folder.mkdir(parents=True, exist_ok=True)
    generator = load_generator(snapshot)
    images = generate(generator, draw_latents(32, generator.latent_length, params.sample.seed))
    name = f"{row['recipe']}-{row['data']}-{row['seed']}.png"
    to_picture(sheet(images, 4, 8)).save(folder / name)


def table(rows: list[dict]) -> str:
    """Mean and spread (smallest to largest) over seeds, as Markdown."""
    lines = [
        "| data | recipe | seeds | batch | images | steps | KID | FD | coverage | Parzen "
        "| diverged | watch spoke | img/s |",
        "|---" * 13 + "|",
    ]
    for data, recipe in sorted({(row["data"], row["recipe"]) for row in rows}):
        group = [row for row in rows if (row["data"], row["recipe"]) == (data, recipe)]
        done = [row for row in group if not row["diverged"]]
        cells = [data, recipe, str(len(group))]
        cells += [str(done[0][name]) if done else "" for name in ("batch", "images", "steps")]
        for score in ("kid", "fd", "coverage", "log_likelihood"):
            values = [row[score] for row in done]
            cells.append(
                f"{sum(values) / len(values):.4g} ({min(values):.4g}–{max(values):.4g})"
                if values
                else ""
            )
        cells.append(f"{len(group) - len(done)} of {len(group)}")
        cells.append(f"{sum(bool(row['watch']) for row in group)} of {len(group)}")
        cells.append(f"{sum(row['img_per_s'] for row in done) / len(done):.0f}" if done else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def run_all(options: argparse.Namespace) -> list[dict]:
    """Every run that ``--out`` lacks, some at a time."""
    from data_sets import prepare

    from dcgan_core.params import load_params

    rows = json.loads(options.out.read_text()) if options.out.exists() else []
    known = {(row["recipe"], row["data"], row["seed"]) for row in rows}
    options.work.mkdir(parents=True, exist_ok=True)
    tasks = []
    for seed in range(options.seeds):
        for name in options.data:
            for recipe in options.recipes:
                data = name.partition("=")[0]
                if (recipe, data, seed) in known:
                    continue
                params = load_params(ROOT / "params.yaml", recipe=recipe)
                size, channels = params.sizes[0], params.resize.channels
                tasks.append(
                    {
                        "recipe": recipe,
                        "data": data,
                        "seed": seed,
                        **{name: getattr(options, name) for name in TASK_OPTIONS},
                        "normalized": str(prepare(name, size, channels, options.work)),
                        "sheets": str(options.sheets or ""),
                    }
                )
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}

    def start(task: dict) -> None:
        command = [sys.executable, __file__, "--task", json.dumps(task)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"{task['recipe']} on {task['data']}: failed; see above")
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        options.out.write_text(json.dumps(rows, indent=1) + "\n")

    with ThreadPoolExecutor(options.processes) as pool:
        list(pool.map(start, tasks))
    return rows


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", nargs="+", default=["tutorial-64", "best-64"])
    parser.add_argument("--data", nargs="+", default=["earth", "avatars"], help="or NAME=ARCHIVE")
    parser.add_argument("--images", type=int, default=20_000, help="real images each run sees")
    parser.add_argument("--batch", type=int, default=0, help="largest batch; 0: the recipe's own")
    parser.add_argument("--centers", type=int, default=2000, help="generated images for Parzen")
    parser.add_argument("--samples", type=int, default=640, help="generated images for fidelity")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--processes", type=int, default=2, help="runs at a time")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of each")
    parser.add_argument("--precision", default="own", help="own (the recipe's), fp32 or bf16")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "dcgan-recipes")
    parser.add_argument("--out", type=Path, default=Path("recipes.json"))
    parser.add_argument("--sheets", type=Path, help="folder for sample sheets")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(run_task(json.loads(options.task))))
    else:
        print(table(run_all(options)))


if __name__ == "__main__":
    main()
