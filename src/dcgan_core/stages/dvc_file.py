"""dvc.yaml as the stage table has it."""

from __future__ import annotations

from pathlib import Path

from .imports import Sources
from .keys import KEYS, key_folder
from .reach import code_of
from .receipts import receipt_file
from .table import STAGES, Output, Stage

DVC_FILE = "dvc.yaml"
HEADER = """\
# Written by "make docs" from src/dcgan_core/stages/table.py and from what each script imports:
# change those. The Snakefile has the same stages; tests/workflow holds the two against each other.
stages:
"""
PLOTS = """\
plots:
  # DVC expands no list here, so the first size stands for all; each size has its Loss_D above.
  - Losses:
      x: images
      y:
        results/${sizes[0]}/history.csv: [loss_d, loss_g]
"""


def dvc_file(root: Path) -> str:
    """The text of dvc.yaml.

    Args:
        root: the project's root, whose code is read.
    """
    sources = Sources(root, cached=True)
    return HEADER + "\n".join(_entry(stage, sources) for stage in STAGES.values()) + "\n" + PLOTS


def _entry(stage: Stage, sources: Sources) -> str:
    lines = [f"  {stage.name}:"]
    if stage.sized:
        lines += ["    matrix:", "      size: ${sizes}"]
    size = " --size ${item.size}" if stage.sized else ""
    lines.append(f"    cmd: python {stage.script}{size}")
    listed = {
        "params": list(stage.sections),
        "deps": [*_data(stage), *code_of(stage.script, sources)],
        "outs": [*_shown(stage, "data"), key_folder(stage, "{size}"), _receipt(stage)],
        "plots": _shown(stage, "picture", "curve"),
        "metrics": _shown(stage, "metrics"),
    }
    for kind, items in listed.items():
        if items:
            lines += [f"    {kind}:", *(f"      - {_in_dvc_words(item)}" for item in items)]
    return "\n".join([*lines, ""])


def _receipt(stage: Stage) -> str:
    path = receipt_file(stage, "{size}")
    # Kept while the stage runs: without the files themselves it is all that is known of them.
    return _staying(path) if stage.name == "source" else path


def _staying(path: str) -> str:
    return f"{path}:\n          persist: true"


def _data(stage: Stage) -> list[str]:
    """What the stage reads, with the keys of the stages that made it."""
    if stage.name == "source":
        return ["${download.path}"]
    if stage.name == "summary":
        # DVC expands no list of sizes here; every stage's key lies in this folder.
        return [KEYS]
    files = []
    for upstream in stage.upstream:
        before = STAGES[upstream]
        names = [read.partition(".")[2] for read in stage.reads if read.startswith(f"{upstream}.")]
        files += [before.outputs[name].path for name in names]
        files.append(key_folder(before, "{size}"))
    return files


def _shown(stage: Stage, *kinds: str) -> list[str]:
    return [_listed(output) for output in stage.outputs.values() if output.kind in kinds]


def _listed(output: Output) -> str:
    if output.stays:
        return _staying(output.path)
    if output.axes is None:
        return output.path
    x, y, title = output.axes
    return f"{output.path}:\n          x: {x}\n          y: {y}\n          title: {title}"


def _in_dvc_words(path: str) -> str:
    return path.replace("{size}", "${item.size}").replace("{source}", "${download.source}")
