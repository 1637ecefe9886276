"""Records of a run with numbers that are known, for the report's tests."""

import copy
import json

import numpy as np
from PIL import Image

from dcgan_core.data.pack import PackWriter
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.report.charts import CHARTS
from dcgan_core.report.sections import Files
from dcgan_core.tables import write_table

# value, low and high, by row.
LEVELS = {
    "noise": (0.0, 0.0, 0.01),
    "strongly_blurred": (0.03, 0.02, 0.05),
    "best": (0.21, 0.17, 0.26),
    "slightly_blurred": (0.61, 0.57, 0.66),
    "real": (0.94, 0.92, 0.96),
}
DISTANCES = {
    "fd": {
        "noise": (316.2, 310.5, 322.0),
        "strongly_blurred": (250.1, 244.0, 256.3),
        "best": (190.4, 184.7, 196.1),
        "slightly_blurred": (70.9, 66.1, 75.8),
        "real": (41.3, 38.9, 43.8),
    },
    "kid": {
        "noise": (0.613, 0.601, 0.625),
        "strongly_blurred": (0.402, 0.391, 0.414),
        "best": (0.188, 0.176, 0.199),
        "slightly_blurred": (0.051, 0.043, 0.058),
        "real": (-0.0004, -0.0021, 0.0013),
    },
}


def scores(scale: float = 1.0) -> dict:
    """Rows of one reference; ``scale`` shrinks the best snapshot's shares."""
    rows: dict = {}
    for row, levels in LEVELS.items():
        rows[row] = {}
        for place, (name, metric) in enumerate(METRICS.items()):
            if metric.kind == "distance":
                value, low, high = DISTANCES[name][row]
                rows[row][name] = {"value": value, "low": low, "high": high}
                continue
            shrunk = (scale if row == "best" else 1.0) * (1 - place / 100)
            value, low, high = (level * shrunk for level in levels)
            real = LEVELS["real"][0] * (1 - place / 100)
            part = {"value": value, "low": low, "high": high, "of_real": value / real}
            rows[row][name] = part
    return rows


def fidelity_record(new_places: float | None = None) -> dict:
    """``fidelity.json``; with ``new_places``, that reference too, its shares scaled by it."""
    record = {
        "schema": 2,
        "protocol": {
            "extractor": "some-network",
            "weights": "some-weights",
            "resolution": 224,
            "extractor_short_name": "some",
            "samples": 640,
            "neighbors": {"validation": 25, "this_distribution": 25},
            "recall_neighbors": 5,
            "seed": 3,
            "criterion": "coverage",
            "chosen_on": "validation split",
            "interval": {"level": 0.9, "method": "subsets"},
            "veto": "above 5%",
        },
        "best": {
            "epoch": 4,
            "step": 8,
            "images": 32,
            "undecided": [],
            "vetoed": {},
            "all_vetoed": False,
        },
        "references": {
            "this_distribution": {"split": "test", "n_real": 600, "groups": 0, "rows": scores()}
        },
        "copies": {
            "samples": 640,
            "repeated": 0.0125,
            "copied": 0.003,
            "ratio_pixels": 1.12,
            "ratio_features": 1.3,
            "veto": "",
        },
    }
    if new_places is not None:
        found = {"split": "new_places", "n_real": 580, "groups": 31, "rows": scores(new_places)}
        record["references"]["new_places"] = found
        record["protocol"]["neighbors"]["new_places"] = 25
    return copy.deepcopy(record)


def run_record() -> dict:
    """``run.json``."""
    return {
        "schema": 1,
        "size": "16",
        "device": "cpu (x86_64, 2 threads)",
        "processes": 1,
        "machines": 1,
        "torch": "2.9.0",
        "ran_on": [{"from_step": 0, "device": "cpu (x86_64, 2 threads)"}],
        "precision": "fp32",
        "equilibrium": {"loss_d": 1.386, "loss_g": 0.693, "output": 0.5},
        "watch": [],
        "epochs": 4,
        "steps": 8,
        "images": 32,
        "seconds": 2.5,
        "img_per_s": 12.8,
        "peak_memory_bytes": 123456789,
    }


def parzen_rows() -> list[dict]:
    """``parzen.csv`` of two snapshots."""
    return [
        {
            "images": 8 * epoch,
            "log_likelihood": epoch * 10.5,
            "standard_error": 1.5,
            "standard_error_images": 1.25,
            "nats_per_dimension": epoch / 4,
            "sigma": 0.25,
            "sigma_at_edge": False,
            "dimension": 768,
            "n_centers": 100,
            "n_test": 16,
            "n_groups": 0,
        }
        for epoch in (1, 4)
    ]


def write_results(folder, fidelity=None, run=None) -> None:
    """The files of scores of one size, without pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fidelity.json").write_text(json.dumps(fidelity or fidelity_record()))
    (folder / "run.json").write_text(json.dumps(run or run_record()))
    write_table(folder / "parzen.csv", parzen_rows())


def write_project(root, size="16", fidelity=None, run=None) -> None:
    """All files of a finished run of one size, its pictures plain."""
    results, normalized = root / "results" / size, root / "data/normalized" / size
    write_results(results, fidelity, run)
    for name in ("samples.png", "parzen.png", "fidelity.png", "copies.png"):
        Image.new("RGB", (40, 20), "red").save(results / name)
    for name in ("training.gif", "interpolation.gif"):
        Image.new("RGB", (40, 20), "green").save(results / name)
    history = {"loss_d": 1.3, "loss_g": 0.7, "d_x": 0.5, "d_g_z1": 0.5, "d_g_z2": 0.4}
    rows = [{"step": step, "images": 4 * step, **history} for step in (1, 2)]
    write_table(results / "history.csv", rows)
    rows = [
        {"step": 1, "network": network, "layer": "layers.0 Conv2d", "mean": 0.1, "max": 0.3}
        for network in ("generator", "discriminator")
    ]
    write_table(results / "gradients.csv", rows)
    normalized.mkdir(parents=True)
    with PackWriter(normalized / "train.npy", 16, 16, 3, np.uint8) as pack:
        pack.append(np.arange(70 * 16 * 16 * 3, dtype=np.uint8).reshape(70, 16, 16, 3))
    counts = {"train": 70, "validation": 7, "test": 600, "new_places": 0}
    record = {"counts": counts, "licence": "free <as air>"}
    (normalized / "normalization.json").write_text(json.dumps(record))
    resized = root / "data/resized"
    resized.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 20), "blue").save(resized / f"{size}-dropped.png")
    record = {
        "height": 16,
        "width": 16,
        "channels": 3,
        "source": "earth",
        "licence": "free <as air>",
        "origin": "https://example.org/\u202eevil<script>",
        "counts": {"kept": 677, "dropped": 3, "rejected": 2},
        "cleaning": {"checks": {}, "before": 9, "after": 6, "dropped": {"too small": 3}},
        "images": [],
    }
    (resized / f"{size}.json").write_text(json.dumps(record))


def files_of(root, size="16"):
    """Where a size's files are, its charts plain pictures."""
    figures = root / "summary"
    figures.mkdir(exist_ok=True)
    for chart in CHARTS:
        Image.new("RGB", (40, 20), "grey").save(chart.path(figures, size))
    resized = root / "data/resized"
    return Files(
        size=size,
        results=root / "results" / size,
        normalized=root / "data/normalized" / size,
        resized=resized / f"{size}.json",
        dropped=resized / f"{size}-dropped.png",
        figures=figures,
    )
