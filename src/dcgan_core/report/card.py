"""The model card: what was trained, on what, how it scores, and how to use the file.

Markdown with the YAML header that Hugging Face reads (https://huggingface.co/docs/hub/model-cards).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from ..data.alpha import CHANNELS
from ..evaluate.metrics import INCEPTION, METRICS, recorded_name
from ..params import Params
from ..params.yaml_file import setting_text
from ..terminal import escaped
from .numbers import count, interval, listed, number, percent
from .remarks import remarks
from .scores import ROW_LABELS, Reference, references, resolution_text
from .sections import Files
from .sources import read_fidelity, read_normalization, read_parzen_row, read_resized, read_run

NOT_OF_THE_MODEL = ("sizes", "sample", "gif", "parzen", "fidelity")
"""Sections that show or score a model, and the sizes, of which the card has one; all others shape
the model."""
ROW_ORDER = ("real", "slightly_blurred", "best", "strongly_blurred", "noise")


def setting_lines(params: Params) -> list[str]:
    """A Markdown list: one item a section that shapes the model, with all that is set in it."""
    sections = {**params.model_dump(mode="json"), "download": params.download.used()}
    return [
        f"- {section}: "
        + ", ".join(
            f"{name} {setting_text(value)}" for name, value in values.items() if value != ""
        )
        for section, values in sections.items()
        if section not in NOT_OF_THE_MODEL
    ]


def model_card(params: Params, files: Files) -> str:
    """Markdown for one size.

    Args:
        params: the run's settings; the card lists those that shape the model.
        files: where the size's files are.

    Raises:
        UserError: a file is missing, or not as its stage writes it.
    """
    run, record = read_run(files.results), read_fidelity(files.results)
    parzen = read_parzen_row(files.results, record["best"]["images"])
    parts = [
        _header(params, files, record),
        _training(params, files, run),
        ["## What to make of it", "", *(f"- {remark.text}" for remark in remarks(record))],
        *(_scores(reference) for reference in references(record)),
        ["## How it was scored", "", *_protocol(record)],
        _parzen(parzen),
        *(_more(group) for group in record.get("more", [])),
        ["## Settings", "", *setting_lines(params)],
        _use(files.size, params),
    ]
    return "\n".join(line for part in parts for line in [*part, ""])


def _header(params: Params, files: Files, record: Mapping[str, Any]) -> list[str]:
    """What Hugging Face's site searches and shows, as YAML between two lines of dashes."""
    data = {
        # No identifier of its list says what a network may inherit from its images.
        "license": "other",
        "license_name": "as-the-images",
        "library_name": "dcgan-workflow",
        "pipeline_tag": "unconditional-image-generation",
        "tags": ["dcgan", "gan", params.objective.loss, params.download.source]
        + ["class-conditional"] * params.model.conditional,
        "model-index": [
            {
                "name": f"dcgan-{files.size}-{params.download.source}",
                "results": _results(params, record),
            }
        ],
    }
    yaml, stream = YAML(typ="rt", pure=True), StringIO()
    yaml.dump(data, stream)
    return ["---", *stream.getvalue().splitlines(), "---"]


def _results(params: Params, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The best snapshot's scores on each reference, named so that none passes for FID."""
    short = record["protocol"]["extractor_short_name"]
    return [
        {
            "task": {"type": "unconditional-image-generation"},
            "dataset": {
                "type": params.download.source,
                "name": f"{params.download.source}: {reference.title}",
                "config": reference.name,
            },
            "metrics": [
                {
                    "type": recorded_name(name, short)
                    if score.metric.named_by_extractor
                    else f"{name}_{short}",
                    "name": f"{score.metric.label} on {short} features",
                    "value": score.best.value,
                }
                for name, score in reference.scores.items()
            ],
        }
        for reference in references(record)
    ]


def _training(params: Params, files: Files, run: Mapping[str, Any]) -> list[str]:
    images, data = read_resized(files.resized), read_normalization(files.normalized)
    counts = [f"{count(n)} {split.replace('_', ' ')}" for split, n in data["counts"].items() if n]
    dropped = images["counts"]["dropped"]
    reasons = [f"{reason} {count(n)}" for reason, n in images["dropped"].items()]
    lines = [
        f"# DCGAN {files.size} on {params.download.source}",
        "",
        f"Images: {listed(counts)}, of {escaped(images['origin'])}"
        + (f"; dropped: {listed(reasons)}" if dropped else "")
        + f". Licence of the images: {escaped(images['licence'])}.",
        "",
        f"{count(run['images'])} real images shown ({count(run['epochs'])} whole epochs) in "
        f"{run['seconds']:.0f} s at {run['img_per_s']} img/s on {run['device']}, "
        f"{run['precision']}, torch {run['torch']}.",
        "",
        f"Objective: {_objective(params)}. Stabilisers: {_stabilisers(params)}.",
    ]
    for note in run["watch"]:
        lines += ["", f"The watch, step {note['step']}: {note['words']} {note['advice']}".rstrip()]
    return lines


def _objective(params: Params) -> str:
    objective = params.objective
    words = [f"{'relativistic ' if objective.relativistic else ''}{objective.loss}"]
    words += [
        f"{name} {setting_text(getattr(objective, name))}"
        for name in ("gradient_penalty", "r1_gamma", "r2_gamma", "feature_matching", "weight_clip")
        if getattr(objective, name)
    ]
    if objective.real_label != 1:
        words.append(f"real_label {setting_text(objective.real_label)}")
    if objective.label_flip:
        words.append(f"label_flip {setting_text(objective.label_flip)}")
    return ", ".join(words)


def _stabilisers(params: Params) -> str:
    stabilise, train = params.stabilise, params.train
    words = [f"norm_g {params.model.norm_g}", f"norm_d {params.model.norm_d}"]
    words += [f"ema_decay {setting_text(train.ema_decay)}"] if train.ema_decay else []
    words += [f"noise {setting_text(stabilise.noise)}"] if stabilise.noise else []
    words += [f"augment {stabilise.augment}"] if stabilise.augment != "none" else []
    words += [f"replay {setting_text(stabilise.replay)}"] if stabilise.replay else []
    words += ["mirrored images"] if train.flip else []
    return ", ".join(words)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return lines + [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    ]


def _scores(reference: Reference) -> list[str]:
    """One reference: the best snapshot with intervals, and the controls that give its scale."""
    head = ["score", "best snapshot", "interval", "real images", "of real"]
    rows = []
    for score in reference.scores.values():
        best, kind = score.best, score.metric.kind
        cells = [score.metric.label, number(best.value, kind), interval(best.low, best.high, kind)]
        of_real = percent(best.of_real) if kind == "share" else ""
        rows.append([*cells, number(score.real.value, kind), of_real])
    scale = [
        [ROW_LABELS[row], *(number(score.values[row].value, score.metric.kind) for score in all_of)]
        for all_of in [list(reference.scores.values())]
        for row in ROW_ORDER
    ]
    groups = f" of {reference.groups} groups" if reference.groups else ""
    return [
        f"## {reference.title}",
        "",
        f"{reference.sentence} {count(reference.n_real)} images{groups}.",
        "",
        *_table(head, rows),
        "",
        *_table(["", *(metric.label for metric in METRICS.values())], scale),
    ]


def _more(group: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            row["label"],
            number(row["value"]),
            interval(row.get("low"), row.get("high")),
            number(row.get("real")),
            row["meaning"],
        ]
        for row in group["rows"]
    ]
    head = ["score", "value", "interval", "real images", "meaning"]
    return [f"## {group['name']}", "", group["sentence"], "", *_table(head, rows)]


def _protocol(record: Mapping[str, Any]) -> list[str]:
    protocol, copies = record["protocol"], record["copies"]
    fid = protocol["extractor_short_name"] == INCEPTION
    seen = f" Transparency is put on {protocol['background']}." if "background" in protocol else ""
    return [
        f"Features of {protocol['extractor']} at {resolution_text(protocol)}, "
        f"{protocol['samples']} generated images of the snapshot chosen by "
        f"{protocol['criterion']} on the {protocol['chosen_on']}; intervals hold the value for "
        "ever more images nine times of ten. "
        f"{'FID and KID' if fid else 'These scores are not FID and'} compare only with scores of "
        "the same protocol. Fréchet distance falls with the number of images, so read it beside "
        f"that of real images.{seen}",
        "",
        f"Of {copies['samples']} samples {percent(copies['repeated'])} repeat another one and "
        f"{percent(copies['copied'])} a training image; of real images each is about 1 %.",
    ]


def _parzen(row: Mapping[str, Any]) -> list[str]:
    over = f"over {row['n_groups']} groups of images" if row["n_groups"] else "over images"
    edge = " Sigma is at the edge of the range tried." if row["sigma_at_edge"] else ""
    return [
        f"Parzen log-likelihood on {row['n_test']} test images: {number(row['log_likelihood'])} "
        f"nats, standard error {number(row['standard_error'])} {over} "
        f"({number(row['nats_per_dimension'])} a dimension; {row['n_centers']} generated images, "
        f"sigma {number(row['sigma'])}, pixels in [0,1]).{edge} It ranks no models by itself "
        "(Theis et al. 2016, arXiv:1511.01844).",
    ]


def _use(size: str, params: Params) -> list[str]:
    hint = ["# RGBA, premultiplied; dcgan_core.data.alpha.straight(images) gives straight alpha"]
    call = "generator(torch.randn(16, generator.latent_length))"
    calls = [f"images = {call}  # N×C×H×W in [-1,1]"]
    if params.model.conditional:
        call = "generator(torch.randn(16, generator.latent_length), classes)"
        calls = [
            "print(generator.classes.names)",
            "classes = torch.zeros(16, dtype=torch.int64)  # of each image: here the first class",
            f"images = {call}  # N×C×H×W in [-1,1]",
        ]
    return [
        "## Use",
        "",
        "Samples and scores are made in eval mode, as the generator is loaded here: no image "
        "depends on those made beside it.",
        "",
        "```python",
        "import torch",
        "from dcgan_core.sample import load_generator",
        f'generator = load_generator("results/{size}/best.safetensors")',
        *calls,
        *(hint if params.resize.channels == CHANNELS else []),
        "```",
    ]
