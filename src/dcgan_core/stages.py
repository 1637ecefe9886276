"""The stage table, and the keys by which Snakemake and DVC agree on what is up to date.

A stage's key is the sha256 of its params sections, the code it uses, the outside files it
reads and the keys of the stages before it. A stage ends by writing an empty file of that
name into its key folder; both engines read those, so neither trusts files that the other
made from other settings. The device is where, not what: it is never part of a key.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from .data.fingerprint import fingerprint
from .files import remove
from .params import Params

CORE = "src/dcgan_core"
KEYS = "results/keys"
STATE = ".dcgan"
"""Git-ignored and known to neither engine: resume state and caches."""

PLUMBING = (
    "__init__.py",
    "device",
    "errors.py",
    "files.py",
    "optional.py",
    "params",
    "process",
    "progress.py",
    "stages.py",
    "tables.py",
)
"""Code that carries values and files about, or says where work runs, and shapes no result; in no
stage's key."""

VIEWING = ("sample/__init__.py", "sample/grid.py", "train/preview.py")
"""Code that training uses only to let people watch; not in the train stage's key."""


@dataclass(frozen=True)
class Stage:
    """One row of the table.

    Attributes:
        sized: whether it runs once for each size.
        upstream: the stages whose outputs it reads.
        sections: top-level names of params.yaml that it reads for the first time.
        code: files and folders below ``src/dcgan_core`` that shape its outputs.
        outputs: what it leaves behind; may hold ``{size}`` and ``{source}``.
    """

    name: str
    sized: bool
    upstream: tuple[str, ...]
    sections: tuple[str, ...]
    code: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def script(self) -> str:
        """The stage's script, from the project's root."""
        return f"workflow/scripts/{self.name}.py"

    def code_paths(self) -> list[str]:
        """All code in its key, from the project's root."""
        return [self.script, *(f"{CORE}/{path}" for path in self.code)]

    def key_folder(self, size: str | None) -> str:
        """Where its key file lies."""
        if self.name == "summary":
            # Outside KEYS: for DVC the summary depends on that whole folder.
            return "results/summary.key"
        return f"{KEYS}/{self.name}@{size}" if self.sized else f"{KEYS}/{self.name}"


STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            name="download",
            sized=False,
            upstream=(),
            sections=("download",),
            code=("data/manifest.py", "data/sources", "data/walk.py"),
            outputs=("data/raw/{source}",),
        ),
        Stage(
            name="resize",
            sized=True,
            upstream=("download",),
            sections=("clean", "resize"),
            code=(
                "data/clean",
                "data/decode.py",
                "data/manifest.py",
                "data/pack.py",
                "data/record.py",
                "data/resize.py",
            ),
            outputs=(
                "data/resized/{size}.npy",
                "data/resized/{size}.json",
                "data/resized/{size}-dropped.png",
            ),
        ),
        Stage(
            name="normalize",
            sized=True,
            upstream=("resize",),
            sections=("normalize",),
            code=("data/normalize.py", "data/pack.py", "data/record.py", "data/splits.py"),
            outputs=("data/normalized/{size}",),
        ),
        Stage(
            name="train",
            sized=True,
            upstream=("normalize",),
            sections=("model", "train", "objective", "stabilise", "watch"),
            code=(
                "data/batches.py",
                "data/batches_habana.py",
                "data/pack.py",
                "evaluate/distances.py",
                "evaluate/efficientnet.py",
                "evaluate/features.py",
                "evaluate/reals.py",
                "nets",
                "sample/latents.py",
                "sample/sampler.py",
                "train",
            ),
            outputs=(
                "results/{size}/snapshots",
                "results/{size}/final.safetensors",
                "results/{size}/history.csv",
                "results/{size}/gradients.csv",
                "results/{size}/run.json",
            ),
        ),
        Stage(
            name="sample",
            sized=True,
            upstream=("train",),
            sections=("sample",),
            code=("nets", "sample"),
            outputs=("results/{size}/samples.png", "results/{size}/interpolation.gif"),
        ),
        Stage(
            name="gif",
            sized=True,
            upstream=("train",),
            sections=("gif",),
            code=("nets", "sample"),
            outputs=("results/{size}/training.gif",),
        ),
        Stage(
            name="parzen",
            sized=True,
            upstream=("normalize", "train"),
            sections=("parzen",),
            code=("data/pack.py", "evaluate", "nets", "report/curves.py", "sample"),
            outputs=("results/{size}/parzen.csv", "results/{size}/parzen.png"),
        ),
        Stage(
            name="fidelity",
            sized=True,
            upstream=("normalize", "train"),
            sections=("fidelity",),
            code=("data/pack.py", "evaluate", "nets", "report/curves.py", "sample"),
            outputs=(
                "results/{size}/fidelity.csv",
                "results/{size}/fidelity.json",
                "results/{size}/fidelity.png",
                "results/{size}/best.safetensors",
            ),
        ),
        Stage(
            name="summary",
            sized=False,
            upstream=("sample", "gif", "parzen", "fidelity"),
            sections=("sizes",),
            code=("report",),
            outputs=("results/metrics.json", "results/summary"),
        ),
    )
}


def outputs(stage: Stage, params: Params, size: str | None = None) -> list[str]:
    """The stage's outputs with their placeholders filled, from the project's root."""
    return [path.format(size=size, source=params.download.source) for path in stage.outputs]


def _content_digest(path: Path) -> str:
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        if "__pycache__" not in file.parts:
            digest.update(f"{file.relative_to(path)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def stage_keys(params: Params, root: Path | str = ".") -> dict[str, str]:
    """Every stage's key as things stand now; the same for all sizes.

    Args:
        root: the project's root, whose code is read.
    """
    root = Path(root)
    keys: dict[str, str] = {}
    for stage in STAGES.values():
        parts = {
            "stage": stage.name,
            "params": {name: params.model_dump(mode="json")[name] for name in stage.sections},
            "code": {path: _content_digest(root / path) for path in stage.code_paths()},
            "upstream": {name: keys[name] for name in stage.upstream},
        }
        if stage.name == "download":
            cache = root / STATE / "fingerprints.json"
            parts["files"] = fingerprint(root / params.download.path, cache)
        text = json.dumps(parts, sort_keys=True)
        keys[stage.name] = hashlib.sha256(text.encode()).hexdigest()[:32]
    return keys


def sign(stage: Stage, size: str | None, key: str, root: Path | str = ".") -> None:
    """Say that the stage's outputs are those of ``key``; what was said before is void."""
    folder = Path(root) / stage.key_folder(size)
    unsign(stage, size, root)
    folder.mkdir(parents=True)
    (folder / key).touch()


def unsign(stage: Stage, size: str | None, root: Path | str = ".") -> None:
    """Void the stage's key: its outputs are about to change."""
    remove(Path(root) / stage.key_folder(size))


def signed(stage: Stage, size: str | None, key: str, root: Path | str = ".") -> bool:
    """Whether the stage's outputs are those of ``key`` and of no other."""
    folder = Path(root) / stage.key_folder(size)
    return folder.is_dir() and [path.name for path in folder.iterdir()] == [key]


def work_folder(stage: Stage, size: str | None, key: str, root: Path | str = ".") -> Path:
    """Where a stage keeps what resuming needs, until it is signed."""
    return Path(root) / STATE / "state" / f"{stage.name}@{size}" / key
