"""A GPU in one command: whether it trains right, how fast, and how near to what it could do.

In seven minutes at most: the tests of tests/device; the card's own products and copies; the step of
two recipes and of the plain loop of pytorch/examples (plain_dcgan.py), one operation at a time and
as a CUDA graph, each in a process of its own and all in turn; one training with its scores. What is
done is written as it comes, and what the time did not allow is named.

    python benchmarks/gpu.py --out gpu.json
    python benchmarks/gpu.py --device cpu --smoke --out smoke.json    # does it run at all; a minute

``roofline`` is the time that the step's operations would take at the measured rates, or their
reading and writing if that is longer, as a share of the step's. ``idle`` is the share of the time
in which no kernel ran.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

VARIANTS = {
    "plain": {"arithmetic": "tf32"},
    "eager fp32": {"arithmetic": "fp32", "execution": "eager"},
    "graph fp32": {"arithmetic": "fp32", "execution": "auto"},
    "eager bf16": {"arithmetic": "bf16", "execution": "eager"},
    "graph bf16": {"arithmetic": "bf16", "execution": "auto"},
}
"""The plain loop is in fp32 with TensorFloat-32 convolutions, as PyTorch has them."""
SMALL = {"model.latent": 8, "model.ngf": 4, "model.ndf": 4}
SMOKE_SIZE = 16


def steps_of(task: dict, batches):
    """A function that runs the next step of a variant, and what ran it.

    Args:
        batches: a function from the batch size to real batches, once the device is set up.
    """
    import torch

    from dcgan_core.device import resolve
    from dcgan_core.nets import build_networks
    from dcgan_core.params import load_params
    from dcgan_core.train.step import Stepper

    count, size = 0, task["size"]
    if task["variant"] == "plain":
        from plain_dcgan import PlainDcgan

        device = torch.device("cuda" if task["device"] == "gpu" else "cpu")
        torch.backends.cudnn.benchmark = True
        plain, source = PlainDcgan(size, 0, device), batches(device)
        run, name = plain.step, "eager"
    else:
        given = VARIANTS[task["variant"]]
        changes = {
            "train.batch_size": task["batch"],
            "train.precision": given["arithmetic"],
            "train.execution": given["execution"],
            **task["settings"],
        }
        params = load_params(ROOT / "params.yaml", changes, recipe=task["recipe"])
        where = resolve(task["device"])
        networks = build_networks(params, (size, size))
        stepper = Stepper(*networks, params, where, torch.Generator().manual_seed(0))
        source, name = batches(where.device), stepper.execution.name

        def run(real):
            stepper.step(lambda: real)

    def step():
        nonlocal count
        real = source.batch(*divmod(count, len(source)))
        # The tutorial's images are not channels_last.
        run(real.contiguous() if task["variant"] == "plain" else real)
        count += 1

    return step, name, source.device


def worker(variant: str, task: dict, pipe) -> None:
    """Say what a step asks and keeps the device busy for; then time steps whenever told to."""
    import torch
    from step_cost import asked, busy, seconds

    from dcgan_core.data.batches import RealBatches

    def batches(device: torch.device):
        return RealBatches(Path(task["pack"]), task["batch"], 0, False, device)

    step, name, device = steps_of(task, batches)
    for _ in range(task["warm_up"]):
        step()
    found = {"execution": name, **busy(step, task["steps"], device)}
    if name == "eager":
        found["flops"], found["bytes"] = asked(step, task["cycle"])
    pipe.send("ready")
    while pipe.recv():
        pipe.send({**found, "ms": 1e3 * seconds(step, task["steps"], device)})


def measure_steps(task: dict, variants: list[str], rounds: int, ceilings: dict) -> list[dict]:
    """A row for each variant of one recipe and batch size."""
    from turns import interleaved

    tasks = {variant: ({**task, "variant": variant},) for variant in variants}
    turns = interleaved(worker, tasks, rounds)
    rows = []
    for variant, found in turns.items():
        # A graph runs the operations of its eager twin.
        twin = turns.get(variant.replace("graph", "eager"), found)[0]
        counted = twin if "flops" in twin else next(t[0] for t in turns.values() if "flops" in t[0])
        arithmetic, milliseconds = VARIANTS[variant]["arithmetic"], [one["ms"] for one in found]
        ms = statistics.median(milliseconds)
        least = max(counted["flops"] / ceilings[arithmetic], counted["bytes"] / ceilings["copy"])
        first = turns[variants[0]]
        ratios = [a["ms"] / b["ms"] for a, b in zip(first, found, strict=True)]
        rows.append(
            {
                "how": variant,
                "execution": found[0]["execution"],
                "recipe": "pytorch/examples" if variant == "plain" else task["recipe"],
                "batch": task["batch"],
                "arithmetic": arithmetic,
                "ms": round(ms, 3),
                "img_per_s": round(1e3 * task["batch"] / ms),
                f"times {variants[0]}": round(statistics.median(ratios), 2),
                "gflop": round(counted["flops"] / 1e9, 2),
                "gb": round(counted["bytes"] / 1e9, 3),
                "roofline": round(1e3 * least / ms, 3),
                "idle": round(max(0.0, 1 - found[0]["device_busy_ms"] / ms), 3),
                "kernels": round(found[0]["kernels"]),
            }
        )
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    return rows


def run_tests(seconds: float) -> dict:
    """What tests/device say."""
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-m", "pytest", "tests/device", "-rs"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, timeout=seconds, capture_output=True, text=True
        )
    except subprocess.TimeoutExpired:
        return {"passed": False, "said": [f"not done in {seconds:.0f} s"]}
    lines = done.stdout.strip().splitlines()
    print(*lines[-12:], sep="\n", flush=True)
    told = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return {"passed": done.returncode == 0, "said": [*told, lines[-1] if lines else ""]}


def train_and_score(task: dict, scratch: Path) -> dict:
    """One training on a data set, at full speed, and its scores."""
    from data_sets import prepare

    from dcgan_core.params import load_params
    from recipes import run_task

    params = load_params(ROOT / "params.yaml", recipe=task["recipe"])
    size, channels = params.sizes[0], params.resize.channels
    normalized = prepare(task["data"], size, channels, scratch)
    begun = time.perf_counter()
    row = run_task({**task, "data": task["data"].partition("=")[0], "normalized": normalized})
    return {**row, "seconds with scores": round(time.perf_counter() - begun, 1)}


def write_images(target: Path, count: int) -> None:
    """A .zip of small pictures of one colour and some grain each."""
    import io
    import zipfile

    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    with zipfile.ZipFile(target, "w") as archive:
        for index in range(count):
            codes = rng.integers(0, 200, 3) + rng.integers(0, 56, (24, 24, 3))
            file = io.BytesIO()
            Image.fromarray(codes.astype(np.uint8)).save(file, "png")
            archive.writestr(f"{index:04d}.png", file.getvalue())


def machine(name: str) -> dict:
    """Where this runs, in the words that figures are published with."""
    import torch

    from dcgan_core.device import resolve
    from dcgan_core.process.cores import available_cores

    return {
        "card": resolve(name).describe(),
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "cores": available_cores(),
    }


class Report:
    """The results so far, in a file."""

    def __init__(self, target: Path, minutes: float):
        self.target, self.end = target, time.monotonic() + 60 * minutes
        self.results: dict = {"schema": 1, "not run": []}

    @property
    def left(self) -> float:
        """Seconds until the time is up."""
        return self.end - time.monotonic()

    def add(self, name: str, needs: float, part) -> None:
        """Run a part, if the seconds that it needs are there, and write down what it gives."""
        if self.left < needs:
            self.results["not run"].append(name)
        else:
            begun = time.monotonic()
            print(f"{name} ...", flush=True)
            self.results[name] = part()
            print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
        self.target.write_text(json.dumps(self.results, indent=1) + "\n")


def plan(options: argparse.Namespace, pack: Path) -> list[tuple[dict, list[str]]]:
    """Which steps are measured: what each worker is told, and the variants."""
    from dcgan_core.params import load_params

    smoke = options.smoke
    sizes = {"tutorial-64": [4] if smoke else [128, 512], "gpu-64": [] if smoke else [0]}
    found = []
    for recipe, batches in sizes.items():
        params = load_params(ROOT / "params.yaml", recipe=recipe)
        variants = ["eager bf16", "graph bf16"] if recipe == "gpu-64" else list(VARIANTS)
        for batch in batches:
            task = {
                "recipe": recipe,
                "batch": batch or params.train.batch_size,
                "device": options.device,
                "size": SMOKE_SIZE if smoke else 64,
                "pack": str(pack),
                "settings": SMALL if smoke else {},
                "cycle": params.objective.penalty_every,
                "warm_up": 2 if smoke else 40,
                "steps": 2 if smoke else 60,
            }
            found.append((task, ["plain", "graph bf16"] if smoke else variants))
    return found


def training_task(options: argparse.Namespace, scratch: Path) -> dict:
    """What is trained and scored."""
    smoke, archive = options.smoke, scratch / "images.zip"
    if smoke:
        write_images(archive, 400)
    return {
        "recipe": "quick-64" if smoke else "gpu-64",
        "data": f"drawn={archive}" if smoke else "earth",
        "seed": 0,
        "images": 16 if smoke else options.images,
        "batch": 0,
        "centers": 32 if smoke else 2000,
        "samples": 32 if smoke else 640,
        "device": options.device,
        "threads": None,
        "precision": "own",
        "sheets": "",
    }


def measure(options: argparse.Namespace, scratch: Path) -> dict:
    """All parts in turn."""
    import numpy as np
    import torch
    from step_cost import ceilings

    smoke, report = options.smoke, Report(options.out, 60 if options.smoke else options.minutes)
    device = torch.device("cuda" if options.device == "gpu" else "cpu")
    report.add("machine", 0, partial(machine, options.device))
    report.add("tests", 0, lambda: run_tests(0.4 * report.left))
    amount = (64, 1 << 16) if smoke else (8192, 1 << 30)
    report.add("ceilings", 0, partial(ceilings, device, *amount))
    pack, side = scratch / "train.npy", SMOKE_SIZE if smoke else 64
    shape = (16 if smoke else 4096, side, side, 3)
    np.save(pack, np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    for task, variants in plan(options, pack):
        known = (1 if smoke else 5, report.results["ceilings"])
        part = partial(measure_steps, task, variants, *known)
        report.add(f"steps {task['recipe']} {task['batch']}", 60, part)
    report.add("training", 90, lambda: train_and_score(training_task(options, scratch), scratch))
    return report.results


def main() -> None:
    """Measure, and say where the results are."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="gpu", help="gpu, or cpu to try this out")
    parser.add_argument("--smoke", action="store_true", help="tiny; its figures mean nothing")
    parser.add_argument("--images", type=int, default=2_000_000, help="real images of the training")
    parser.add_argument("--minutes", type=float, default=7, help="no part begins that needs more")
    parser.add_argument("--out", type=Path, default=Path("gpu.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        results = measure(options, Path(scratch))
    if results["not run"]:
        print(f"no time for: {', '.join(results['not run'])}")
    print(
        f"{options.out}: the device's tests {'passed' if results['tests']['passed'] else 'FAILED'}"
    )
    sys.exit(not results["tests"]["passed"])


if __name__ == "__main__":
    main()
