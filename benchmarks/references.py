"""Do the scores order images as a person would? Controls, snapshots, damaged sets of a run.

    PYTHONPATH=src python benchmarks/references.py earth=PROJECT cifar10=PROJECT

Each PROJECT is a folder with a finished run, of which the first size is taken. Scored on its test
split, with as many images each: real training images, the same blurred, the best snapshot, the
first, noise, and real training images damaged in ways of which each must be caught by a number: 10
or 64 of them repeated, one in twenty replaced by noise, half of the classes or groups missing.
Writes a table in Markdown and measured/references.json.
"""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np

from dcgan_core.data.listing import read_listing
from dcgan_core.data.pack import Pack
from dcgan_core.device import resolve
from dcgan_core.evaluate.controls import noise
from dcgan_core.evaluate.fidelity import estimates
from dcgan_core.evaluate.fidelity_curve import FidelityCurve, Samples
from dcgan_core.evaluate.fidelity_record import worse as worse_than
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.evaluate.reals import read_codes
from dcgan_core.evaluate.thumbnails import thumbnails
from dcgan_core.nets.snapshot import load_generator
from dcgan_core.nets.snapshot_paths import snapshot_images, snapshot_paths
from dcgan_core.params import load_params
from dcgan_core.records import write_json
from dcgan_core.sample.latents import scoring_latents

HERE = Path(__file__).resolve().parent
ORDER = ("real", "best", "strongly_blurred", "first epoch", "noise")
"""How the headline score must fall."""


def damaged(curve: FidelityCurve, normalized: Path) -> dict[str, np.ndarray]:
    """Real training images, others than the control's where there are enough, damaged."""
    count = curve.count
    with Pack(normalized / "train.npy") as pack:
        listing = read_listing(normalized, "train", len(pack))
        rows = np.random.default_rng(11).permutation(len(pack))
        images = read_codes(pack, np.sort(rows[:count]))
        kinds = listing.labels if listing.labels.astype(bool).any() else listing.groups
        names = sorted(set(kinds.tolist()))
        half = [row for row in rows if kinds[row] in set(names[::2])][:count]
        missing = read_codes(pack, np.sort(half)) if len(names) > 1 else None
    noisy = images.copy()
    noisy[::20] = np.concatenate(list(noise(len(noisy[::20]), curve.shape, 5, 64)))
    found = {
        "10 repeated": images[np.arange(count) % 10],
        "64 repeated": images[np.arange(count) % 64],
        "5 % noise": noisy,
    }
    return found if missing is None else {**found, "half of the kinds missing": missing}


def rows_of(project: Path) -> dict:
    """Scores of everything, by name."""
    params = load_params(project / "params.yaml")
    size = params.sizes[0]
    normalized = project / "data/normalized" / size
    curve = FidelityCurve(normalized, params.fidelity, resolve("cpu"), project / ".dcgan/features")
    record = json.loads((project / "results" / size / "fidelity.json").read_text())
    paths = {
        snapshot_images(path): path
        for path in snapshot_paths(project / "results" / size / "snapshots")
    }
    sets: dict[str, Samples | np.ndarray] = dict(curve.controls())
    for name, path in (
        ("best", paths[record["best"]["images"]]),
        ("first snapshot", paths[min(paths)]),
    ):
        generator = load_generator(path)
        latents = scoring_latents(curve.count, generator.latent_length, params.fidelity.seed)
        sets[name] = curve.samples(generator, latents)
    for name, images in damaged(curve, normalized).items():
        batches = (images[start : start + 64] for start in range(0, len(images), 64))
        sets[name] = Samples(curve.maker.make(batches), thumbnails(images))
    real = curve.real_side("test")
    found, control = {}, None
    for name, one in sets.items():
        features = one.features if isinstance(one, Samples) else one
        scores = estimates(real, curve.fake_side(features))
        control = control or scores
        row = {metric: [estimate.value, *estimate.interval] for metric, estimate in scores.items()}
        row["flags"] = worse_than(scores, control)
        if isinstance(one, Samples):
            look = curve.copies.look(one.pictures, one.features)
            row |= {"repeated": look.repeated, "copied": look.copied}
            row["flags"] += [curve.copies.veto(look)] * bool(curve.copies.veto(look))
        found[name] = row
    return {"n_real": len(real), "n_fake": curve.count, "rows": found}


def table(name: str, found: dict) -> str:
    """Markdown."""
    lines = [
        f"### {name}: {found['n_fake']} images against {found['n_real']} real ones",
        "",
        "| images | " + " | ".join(METRICS) + " | repeated | copied | worse than real by |",
        "|---" * (len(METRICS) + 4) + "|",
    ]
    ordered = [*ORDER[:1], "slightly_blurred", *ORDER[1:]]
    for row in [*ordered, *(other for other in found["rows"] if other not in ordered)]:
        scores = found["rows"][row]
        cells = [f"{scores[m][0]:.3g} ({scores[m][1]:.3g}–{scores[m][2]:.3g})" for m in METRICS]
        cells += [f"{scores[key]:.0%}" if key in scores else "" for key in ("repeated", "copied")]
        lines.append(
            f"| {row.replace('_', ' ')} | "
            + " | ".join([*cells, ", ".join(scores["flags"])])
            + " |"
        )
    coverage = [found["rows"][row]["coverage"][0] for row in ORDER]
    holds = all(better > worse for better, worse in itertools.pairwise(coverage))
    lines += ["", f"{' > '.join(ORDER)} by coverage: {'holds' if holds else 'does not hold'}.", ""]
    return "\n".join(lines).replace("strongly_blurred", "strongly blurred")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", nargs="+", help="NAME=FOLDER")
    arguments = parser.parse_args()
    measured = {}
    for given in arguments.projects:
        name, _, folder = given.partition("=")
        measured[name] = rows_of(Path(folder))
        print(table(name, measured[name]), flush=True)
    write_json(HERE / "measured/references.json", measured)


if __name__ == "__main__":
    main()
