"""A stage run once more, in a temporary copy and with the settings recorded: is it the same?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ..data.fingerprint import MISSING
from ..device import DEVICES
from ..errors import UserError
from ..records import read_json
from ..stages import (
    STAGES,
    Receipt,
    Stage,
    inputs_of,
    read_receipt,
    receipt_file,
    sizes_read,
    stage_name,
)
from .current import origin_faults
from .project import PARAMS, Project
from .scan import scan
from .wall_times import measured_in, without_times

CODE = ("src", "workflow")
SAME, DIFFERS = "same", "differs"


@dataclass(frozen=True)
class Replayed:
    """What came of it.

    Attributes:
        files: what is to be said of each file that the stage wrote then or now, by its path:
            ``same``, ``same without seconds, img_per_s``, ``differs``, or which of both lacks it.
        elsewhere: versions and machine that are others now: what was there then, and now.
    """

    files: dict[str, str]
    elsewhere: dict[str, tuple[str, str]]

    @property
    def same(self) -> bool:
        """Whether every file is, but for its times."""
        return all(verdict.startswith(SAME) for verdict in self.files.values())


def replay(project: Project, stage: Stage, size: str | None) -> Replayed:
    """Run a stage again and compare what it writes with what lies there.

    Args:
        project: the project, which is left as it is.
        stage: what to run.
        size: of a stage that runs once for each size.

    Raises:
        UserError: it cannot be run as it was: receipt, code or inputs are lost or others now; or
            it failed.
    """
    name = stage_name(stage, size)
    receipt = _receipt(project, stage, size)
    _check_inputs(project, stage, size, receipt)
    with _copy(project, stage, size) as root:
        again = Project.open(root)
        changed = origin_faults(again, stage, size, receipt)
        if changed or again.origins[stage.name].key != receipt.key:
            reason = f": {changed[0].file} {changed[0].problem}" if changed else ""
            raise UserError(f"{name}: cannot be run as it was{reason}. Put it back first.")
        _run(project, stage, size, receipt, root)
        made_with = _receipt(again, stage, size).made_with
        files = {}
        for path in map(Path.as_posix, stage.paths(again.params, size).values()):
            files.update(_compared(project.root, root, path))
    names = sorted(receipt.made_with.keys() | made_with.keys())
    both = {name: (receipt.made_with.get(name, "?"), made_with.get(name, "?")) for name in names}
    return Replayed(files, {name: pair for name, pair in both.items() if pair[0] != pair[1]})


def _receipt(project: Project, stage: Stage, size: str | None) -> Receipt:
    receipt = read_receipt(stage, size, project.root)
    if receipt is None or receipt.was_edited():
        raise UserError(
            f"{receipt_file(stage, size)}: is missing or was edited, so nothing reliable says "
            f"what {stage_name(stage, size)} was made from. Run dcgan verify for the remedy."
        )
    return receipt


def _check_inputs(project: Project, stage: Stage, size: str | None, receipt: Receipt) -> None:
    for path in inputs_of(stage, size, project.params):
        found = project.scan(path)
        if (found.fingerprint if found else MISSING) != receipt.built_on.get(path, MISSING):
            raise UserError(
                f"{path}: is not what {stage_name(stage, size)} was built on, so it cannot be run "
                "as it was. Run dcgan verify for the remedy."
            )


@contextmanager
def _copy(project: Project, stage: Stage, size: str | None) -> Iterator[Path]:
    """A temporary project with the code, the settings recorded, and links to what is read."""
    with tempfile.TemporaryDirectory(prefix="dcgan-replay-") as folder:
        root = Path(folder)
        for name in CODE:
            shutil.copytree(
                project.root / name, root / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        _write_settings(project, stage, size, root / PARAMS)
        params = project.params
        download = params.download
        own = filter(None, (download.path, params.fidelity.extractor_path, params.train.start_from))
        linked = [*inputs_of(stage, size, params)]
        linked += [path for path in own if not os.path.isabs(path)]
        if stage.name != "download":
            linked.append(f"data/raw/{download.source}")
        for path in dict.fromkeys(linked):
            _link(project.root / path, root / path)
        # All that is known of files of one's own where they are not.
        source = project.root / receipt_file(STAGES["source"], None)
        if source.is_file():
            target = root / receipt_file(STAGES["source"], None)
            target.parent.mkdir(parents=True)
            shutil.copyfile(source, target)
        # A download that was kept is not downloaded again.
        _link(project.root / ".dcgan/downloads", root / ".dcgan/downloads")
        yield root


def _link(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.resolve())


def _write_settings(project: Project, stage: Stage, size: str | None, target: Path) -> None:
    """params.yaml with what the receipts of the stage and of all before it have recorded."""
    yaml = YAML(typ="safe", pure=True)
    settings: dict[str, Any] = yaml.load((project.root / PARAMS).read_text("utf-8"))
    for before, one in _lineage(stage, size, project):
        for section, values in _receipt(project, before, one).settings.items():
            if isinstance(values, dict):
                settings[section] = {**settings[section], **values}
            else:
                settings[section] = values
    if size:
        settings["sizes"] = [size]
    with target.open("w", encoding="utf-8") as stream:
        yaml.dump(settings, stream)


def _lineage(stage: Stage, size: str | None, project: Project) -> list[tuple[Stage, str | None]]:
    """The stage and all that it was made from, each at the sizes it reads, in order."""
    found = {(stage.name, size)}
    for other in reversed(STAGES.values()):
        for name, one in [pair for pair in found if pair[0] == other.name]:
            for upstream in STAGES[name].upstream:
                before = STAGES[upstream]
                found |= {(upstream, each) for each in sizes_read(before, one, project.params)}
    return [(other, one) for other in STAGES.values() for name, one in found if name == other.name]


def _run(project: Project, stage: Stage, size: str | None, receipt: Receipt, root: Path) -> None:
    words, processes = receipt.made_with.get("device", "cpu"), 1
    if stage.name == "train":
        path = stage.paths(project.params, size)["run"]
        try:
            run = read_json(project.root / path)
            words, processes = str(run["device"]), int(run["processes"])
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{path}: says no longer where the training ran. Run dcgan verify for the remedy."
            ) from error
    device = words.partition(" ")[0]
    command = [sys.executable, stage.script, "--key", receipt.key]
    command += ["--device", device if device in DEVICES else "cpu"]
    if threads := re.search(r"(\d+) threads", words):
        command += ["--threads", threads[1]]
    if size:
        command += ["--size", size]
    if stage.name == "train":
        command += ["--processes", str(processes)]
    done = subprocess.run(command, cwd=root, stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["nothing was said"]
        raise UserError(f"{stage_name(stage, size)}: could not be run again: {last[0]}")


def _compared(before: Path, again: Path, path: str) -> dict[str, str]:
    then, now = scan(before / path), scan(again / path)
    there = {**(then.files if then else {})}
    made = {**(now.files if now else {})}
    verdicts = {}
    for name in sorted(there.keys() | made.keys()):
        file = f"{path}/{name}" if name else path
        if name not in made or name not in there:
            verdicts[file] = "not made again" if name in there else "not there"
        elif made[name].sha256 == there[name].sha256:
            verdicts[file] = SAME
        else:
            verdicts[file] = _without_times(before / file, again / file, measured_in(file))
    return verdicts


def _without_times(then: Path, now: Path, names: tuple[str, ...]) -> str:
    if not names:
        return DIFFERS
    try:
        same = without_times(then, names) == without_times(now, names)
    except (ValueError, KeyError, TypeError, AttributeError):
        return DIFFERS
    return f"{SAME} without {', '.join(names)}" if same else DIFFERS
