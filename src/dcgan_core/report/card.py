"""The model card: what was trained, on what, how it scores, and how to use the file."""

from pathlib import Path

from ..evaluate.metrics import INCEPTION, METRICS
from ..params import Params
from .sources import read_fidelity, read_normalization, read_run

NOT_OF_THE_MODEL = ("sizes", "sample", "gif", "parzen", "fidelity")
"""Sections that show or score a model, and the sizes, of which the card has one; all others shape
the model."""


def _table(rows: dict[str, dict]) -> list[str]:
    """A Markdown table: one line a row name, one column a score."""
    columns = list(next(iter(rows.values())))
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, values in rows.items():
        cells = [f"{values[column]:.4g}" for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def score_rows(results: Path, reference: str = "this_distribution") -> dict[str, dict]:
    """Scores on one reference: the best snapshot's among the controls that give their scale."""
    record = read_fidelity(results)
    rows = record["references"][reference]["rows"]
    names = {
        "real": "real training images",
        "slightly_blurred": "the same, slightly blurred",
        "best": f"best snapshot (epoch {record['best']['epoch']})",
        "strongly_blurred": "real, strongly blurred",
        "noise": "uniform noise",
    }
    return {
        text: {metric: rows[name][metric]["value"] for metric in METRICS}
        for name, text in names.items()
    }


def setting_lines(params: Params) -> list[str]:
    """A Markdown list: one item a section that shapes the model, with all that is set in it."""
    sections = {**params.model_dump(mode="json"), "download": params.download.used()}
    return [
        f"- {section}: "
        + ", ".join(f"{name} {value}" for name, value in values.items() if value != "")
        for section, values in sections.items()
        if section not in NOT_OF_THE_MODEL
    ]


def scoring_line(record: dict) -> str:
    """What the distances and shares rest on, and what they may be compared with.

    Args:
        record: ``fidelity.json``.
    """
    protocol, test = record["protocol"], record["references"]["this_distribution"]
    sides = protocol["resolution"]
    fid = protocol["extractor_short_name"] == INCEPTION
    return (
        f"Distances and shares on {protocol['extractor']} features at "
        f"{f'{sides} px' if isinstance(sides, int) else sides}, {protocol['samples']} generated "
        f"images against {test['n_real']} test images; the snapshot was chosen by "
        f"{protocol['criterion']} on the {protocol['chosen_on']}. "
        f"{'FID and KID' if fid else 'They are not FID and'} compare only with scores of the same "
        "protocol."
    )


def model_card(params: Params, size: str, results: Path, normalized: Path, scores: dict) -> str:
    """Markdown for one size.

    Args:
        params: the run's settings; the card lists those that shape the model.
        size: of the images, as the settings name it: ``"64"`` or ``"157x128"``.
        results: ``results/<size>``.
        normalized: ``data/normalized/<size>``.
        scores: that size's entry of the metrics.
    """
    run, data = read_run(results), read_normalization(normalized)
    record = read_fidelity(results)
    counts = ", ".join(f"{count} {split}" for split, count in data["counts"].items())
    lines = [
        f"# DCGAN {size} on {params.download.source}",
        "",
        f"Images: {counts}. Licence of the data: {data['licence']}.",
        f"Trained for {run['epochs']} epochs ({run['images']} real images seen) in "
        f"{run['seconds']:.0f} s at {run['img_per_s']} img/s on {run['device']}, "
        f"{run['precision']}, torch {run['torch']}.",
        "",
        "## Settings",
        *setting_lines(params),
        "",
        "## Scores",
        *_table(score_rows(results)),
        "",
        scoring_line(record),
        f"Parzen log-likelihood on test images: {scores['log_likelihood']:.1f} nats "
        f"({scores['nats_per_dimension']:.4f} a dimension), pixels in [0,1]; see parzen.csv for "
        "sigma and counts. It ranks no models by itself (Theis et al. 2015, arXiv:1511.01844).",
        "",
        "## Use",
        "Samples and scores are made in eval mode, as the generator is loaded here: no image "
        "depends on those made beside it.",
        "```python",
        "import torch",
        "from dcgan_core.sample import load_generator",
        f'generator = load_generator("results/{size}/best.safetensors")',
        "images = generator(torch.randn(16, generator.latent_length))  # N×C×H×W in [-1,1]",
        "```",
        "",
    ]
    return "\n".join(lines)
