"""How good a generator comes out of a fixed time of training? Whoever beats the table is in it.

    python benchmarks/speedrun.py                              all entries, five seeds, on earth
    python benchmarks/speedrun.py --data earth digits cifar10=CIFAR10.zip
    python benchmarks/speedrun.py --entries shipped mine=my.yaml   settings over params.yaml

An entry may take --seconds of processor time on all cores together (360: 180 seconds of two cores)
for training, whatever else the machine does; on a GPU that much time of the clock. Then its last
averaged generator makes 640 images, which are scored against held-out test images. The data are
the same for all, which their hash says. ``pytorch-examples`` is the DCGAN of pytorch/examples with
its published settings, written anew in plain PyTorch: it also stops once at as many images as
``shipped`` has seen. Rows are added to --out as runs end; those that it holds are not made again.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

ENTRIES = ("pytorch-examples", "tutorial-64", "shipped", "best-64")
SIZES = {"earth": "64", "avatars": "64", "digits": "32", "cifar10": "32"}
COUNT = 6700
"""Images of each data set, of which four fifths are trained on."""
MEASURED = 40
"""Steps that tell how long one takes."""


def clock(device: str):
    """What the time of training is measured by."""
    return time.process_time if device == "cpu" else time.perf_counter


def settings(entry: str, size: str, seed: int, images: int):
    """An entry's settings: a recipe, the shipped ones, or NAME=FILE over those."""
    import yaml

    from dcgan_core.params import load_params

    changes = {
        "sizes": [size],
        "train.images": images,
        "train.epochs": 0,
        "train.snapshots": 2,
        "train.seed": seed,
        "watch.action": "off",
    }
    name, _, file = entry.partition("=")
    if file:
        overlay = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
        theirs = {
            f"{part}.{key}": value for part in overlay for key, value in overlay[part].items()
        }
        changes = {**theirs, **changes}
    recipe = None if file or name == "shipped" else name
    return load_params(ROOT / "params.yaml", changes, recipe=recipe)


def train_ours(task: dict, work: Path) -> dict:
    """Train an entry for as many images as the time allows, told from its first steps."""
    from dcgan_core.device import resolve
    from dcgan_core.train import train

    device, pack = resolve(task["device"], task["threads"]), Path(task["normalized"]) / "train.npy"
    now, size, seed = clock(task["device"]), task["size"], task["seed"]
    batch = settings(task["entry"], size, seed, 1).train.batch_size
    started, spent = now(), []
    # The first is for what is made once: its time is not looked at.
    for steps in (4, 4, 4 + MEASURED):
        begun = now()
        params = settings(task["entry"], size, seed, steps * batch)
        train(params, size, device, pack, work / f"{len(spent)}")
        spent.append(now() - begun)
    each = (spent[2] - spent[1]) / MEASURED
    # What was spent on measuring is no part of the time: a record may be tuned beforehand, too.
    measuring, images = now() - started, max(1, int(task["seconds"] / each)) * batch
    begun = now()
    train(settings(task["entry"], size, seed, images), size, device, pack, work / "run")
    record = json.loads((work / "run/run.json").read_text())
    return {
        "seconds": now() - begun,
        "measuring": measuring,
        "images": record["images"],
        "steps": record["steps"],
        "snapshot": str(work / "run/final.safetensors"),
    }


def train_plain(task: dict, work: Path) -> dict:
    """pytorch/examples' DCGAN with its published settings, until the time or the images are up."""
    import torch
    from plain_dcgan import PlainDcgan

    from dcgan_core.data.batches import RealBatches

    now = clock(task["device"])
    device = torch.device("cuda" if task["device"] == "gpu" else "cpu")
    plain = PlainDcgan(int(task["size"]), task["seed"], device)
    batches = RealBatches(
        Path(task["normalized"]) / "train.npy", plain.BATCH, task["seed"], False, device
    )
    begun, step = now(), 0
    while now() - begun < task["seconds"] and step * plain.BATCH < (task["images"] or float("inf")):
        plain.step(batches.batch(*divmod(step, len(batches))))
        step += 1
    return {
        "seconds": now() - begun,
        "measuring": 0.0,
        "images": step * plain.BATCH,
        "steps": step,
        "plain": plain,
    }


def scored(task: dict, found: dict) -> dict:
    """Coverage, Fréchet and kernel distance of 640 images against test images, with intervals."""
    from dcgan_core.device import resolve
    from dcgan_core.evaluate.fidelity import estimates
    from dcgan_core.evaluate.fidelity_curve import FidelityCurve
    from dcgan_core.nets.snapshot import load_generator
    from dcgan_core.params import load_params
    from dcgan_core.sample.latents import scoring_latents

    params = load_params(ROOT / "params.yaml").fidelity
    device = resolve(task["device"], task["threads"])
    normalized = Path(task["normalized"])
    curve = FidelityCurve(normalized, params, device, normalized.with_name("features"))
    plain = found.pop("plain", None)
    generator = plain.generator if plain else load_generator(found.pop("snapshot"), device.device)
    latents = scoring_latents(curve.count, generator.latent_length, params.seed)
    features = curve.samples(generator, latents).features
    made = estimates(curve.real_side("test"), curve.fake_side(features))
    return {
        name: {"value": made[name].value, "interval": list(made[name].interval)}
        for name in ("coverage", "fd", "kid", "recall")
    }


def one_run(task: dict) -> None:
    """Train and score; prints one JSON row."""
    train = train_plain if task["entry"].startswith("pytorch-examples") else train_ours
    with tempfile.TemporaryDirectory() as folder:
        found = train(task, Path(folder))
        scores = scored(task, found)
    row = {name: task[name] for name in ("entry", "data", "seed", "device")}
    print(json.dumps({**row, **found, **scores}))


def table(rows: list[dict]) -> str:
    """Mean and spread (smallest to largest) over seeds, as Markdown; best first."""
    lines = ["| data | entry | seeds | images | coverage | FD | KID |", "|---" * 7 + "|"]
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        groups.setdefault((row["data"], row["entry"].partition("=")[0]), []).append(row)

    def mean(group: list[dict], name: str) -> float:
        return statistics.fmean(row[name]["value"] for row in group)

    ordered = sorted(groups.items(), key=lambda item: (item[0][0], -mean(item[1], "coverage")))
    for (data, entry), group in ordered:
        cells = [data, entry, str(len(group)), f"{group[0]['images']:,}"]
        for name in ("coverage", "fd", "kid"):
            values = [row[name]["value"] for row in group]
            cells.append(f"{mean(group, name):.3g} ({min(values):.3g}–{max(values):.3g})")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def run_all(options: argparse.Namespace) -> list[dict]:
    """Every run that ``--out`` lacks, one after the other: each has all cores to itself."""
    from data_sets import prepare

    rows = json.loads(options.out.read_text()) if options.out.exists() else []
    options.work.mkdir(parents=True, exist_ok=True)
    for data in options.data:
        name = data.partition("=")[0]
        size = SIZES.get(name, "64")
        normalized = prepare(data, size, 3, options.work)
        record = json.loads((normalized / "normalization.json").read_text())
        print(f"{name}: training split {record['sha256']['train'][:16]}", flush=True)
        for seed in range(options.seeds):
            for entry in options.entries:
                if any((r["entry"], r["data"], r["seed"]) == (entry, name, seed) for r in rows):
                    continue
                task = {
                    **{"entry": entry, "data": name, "size": size, "seed": seed, "images": 0},
                    **{key: getattr(options, key) for key in ("seconds", "device", "threads")},
                    "normalized": str(normalized),
                }
                if entry.endswith("@images"):
                    shipped = [r for r in rows if (r["entry"], r["data"]) == ("shipped", name)]
                    task |= {"images": shipped[0]["images"], "seconds": 1e9}
                command = [sys.executable, __file__, "--task", json.dumps(task)]
                environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
                if done.returncode:
                    raise SystemExit(f"{entry} on {name}: failed; see above")
                rows.append(json.loads(done.stdout.splitlines()[-1]))
                options.out.write_text(json.dumps(rows, indent=1) + "\n")
    return rows


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", nargs="+", default=[*ENTRIES, "pytorch-examples@images"])
    parser.add_argument("--data", nargs="+", default=["earth"], help="or NAME=ARCHIVE")
    parser.add_argument("--seconds", type=float, default=360, help="of processor time")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "dcgan-speedrun")
    parser.add_argument("--out", type=Path, default=Path("speedrun.json"))
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        one_run(json.loads(options.task))
    else:
        print(table(run_all(options)))


if __name__ == "__main__":
    main()
