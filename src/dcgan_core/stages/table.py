"""The stage table: the only place where a stage is written.

dvc.yaml and the diagram in the docs are made from it, the scripts ask it where their files are,
and a test holds the Snakefile against it. The code in a stage's key is no part of the table: it is
what the stage's script reaches (:mod:`.reach`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..params import Params


@dataclass(frozen=True)
class Output:
    """One file or folder that a stage leaves.

    Attributes:
        path: from the project's root; may hold ``{size}`` and ``{source}``.
        kind: how DVC shows it: ``data`` not at all, ``picture`` and ``curve`` among its plots,
            ``metrics`` among its metrics.
        axes: of a curve: the columns for x and y, and the title.
        mark: of a folder: a name in each that its stage wrote; None for a file.
        stays: whether engines leave it where it is while its stage runs, which may build on it.
    """

    path: str
    kind: Literal["data", "picture", "curve", "metrics"] = "data"
    axes: tuple[str, str, str] | None = None
    mark: str | None = None
    stays: bool = False


@dataclass(frozen=True)
class Stage:
    """One row of the table.

    Attributes:
        sized: whether it runs once for each size.
        reads: what it reads, each ``stage.output``; or ``stage`` alone where only that stage's
            key matters.
        sections: top-level names of params.yaml that it reads for the first time.
        outputs: what it leaves behind, by the names that scripts call them.
    """

    name: str
    sized: bool
    reads: tuple[str, ...]
    sections: tuple[str, ...]
    outputs: Mapping[str, Output]

    @property
    def script(self) -> str:
        """The stage's script, from the project's root."""
        return f"workflow/scripts/{self.name}.py"

    @property
    def upstream(self) -> tuple[str, ...]:
        """The stages that it reads from, in the order of ``reads``."""
        return tuple(dict.fromkeys(read.partition(".")[0] for read in self.reads))

    def paths(self, params: Params, size: str | None = None) -> dict[str, Path]:
        """Its outputs by name, placeholders filled, from the project's root."""
        source = params.download.source
        return {
            name: Path(output.path.format(size=size, source=source))
            for name, output in self.outputs.items()
        }


def _results(**files: str | Output) -> dict[str, Output]:
    """Outputs of one size below ``results``; a bare name is data."""
    outputs = {}
    for name, file in files.items():
        output = Output(file) if isinstance(file, str) else file
        path = f"results/{{size}}/{output.path}"
        outputs[name] = replace(output, path=path)
    return outputs


STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            name="source",
            sized=False,
            reads=(),
            sections=("download",),
            outputs={},
        ),
        Stage(
            name="download",
            sized=False,
            reads=("source",),
            sections=(),
            outputs={"images": Output("data/raw/{source}", mark="manifest.json")},
        ),
        Stage(
            name="resize",
            sized=True,
            reads=("download.images",),
            sections=("clean", "resize"),
            outputs={
                "pack": Output("data/resized/{size}.npy"),
                "record": Output("data/resized/{size}.json"),
                "dropped": Output("data/resized/{size}-dropped.png", "picture"),
            },
        ),
        Stage(
            name="normalize",
            sized=True,
            reads=("resize.pack", "resize.record"),
            sections=("normalize",),
            outputs={"splits": Output("data/normalized/{size}", mark="normalization.json")},
        ),
        Stage(
            name="train",
            sized=True,
            reads=("normalize.splits",),
            sections=("model", "train", "objective", "stabilise", "watch"),
            outputs=_results(
                snapshots=Output("snapshots", mark="fixed_latents.safetensors", stays=True),
                state=Output("training_state.pt", stays=True),
                final="final.safetensors",
                discriminator="discriminator.safetensors",
                gradients="gradients.csv",
                run="run.json",
                history=Output("history.csv", "curve", ("images", "loss_d", "Loss_D")),
            ),
        ),
        Stage(
            name="gif",
            sized=True,
            reads=("train.snapshots",),
            sections=("gif",),
            outputs=_results(film=Output("training.gif", "picture")),
        ),
        Stage(
            name="parzen",
            sized=True,
            reads=("normalize.splits", "train.snapshots"),
            sections=("parzen",),
            outputs=_results(
                table=Output(
                    "parzen.csv", "curve", ("images", "log_likelihood", "Parzen log-likelihood")
                ),
                figure=Output("parzen.png", "picture"),
            ),
        ),
        Stage(
            name="fidelity",
            sized=True,
            reads=("normalize.splits", "train.snapshots", "train.discriminator"),
            sections=("fidelity",),
            outputs=_results(
                record="fidelity.json",
                best="best.safetensors",
                table=Output("fidelity.csv", "curve", ("images", "coverage", "Coverage")),
                figure=Output("fidelity.png", "picture"),
                copies=Output("copies.png", "picture"),
            ),
        ),
        Stage(
            name="sample",
            sized=True,
            reads=("fidelity.best",),
            sections=("sample",),
            outputs=_results(
                sheet=Output("samples.png", "picture"),
                walk=Output("interpolation.gif", "picture"),
            ),
        ),
        Stage(
            name="explorer",
            sized=True,
            reads=("normalize.splits", "train.snapshots", "fidelity.best"),
            sections=(),
            outputs=_results(page="explorer.html"),
        ),
        Stage(
            name="summary",
            sized=False,
            reads=(
                "resize.record",
                "resize.dropped",
                "normalize.splits",
                "train.history",
                "train.gradients",
                "train.run",
                "sample.sheet",
                "sample.walk",
                "gif.film",
                "parzen.table",
                "parzen.figure",
                "fidelity.record",
                "fidelity.figure",
                "fidelity.copies",
                "explorer.page",
            ),
            sections=("sizes",),
            outputs={
                "page": Output("results/summary", mark="report.html"),
                "metrics": Output("results/metrics.json", "metrics"),
            },
        ),
    )
}


def stage_name(stage: Stage, size: str | None) -> str:
    """The stage as DVC and people name it: ``train@64``, or ``summary``."""
    return f"{stage.name}@{size}" if stage.sized else stage.name


def all_results(params: Params) -> list[tuple[Stage, str | None]]:
    """Every stage at every size of the settings, in the table's order; None where it has none."""
    return [
        (stage, size)
        for stage in STAGES.values()
        for size in (params.sizes if stage.sized else [None])
    ]
