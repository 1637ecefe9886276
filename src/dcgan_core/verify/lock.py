"""Whether dvc.lock, which git keeps, names the files that lie there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..errors import UserError
from ..stages.dvc_lock import LOCK
from .faults import Fault
from .project import PARAMS, Project


@dataclass(frozen=True)
class _Entry:
    """What it says of one stage: md5 of what it reads and leaves, by path, and its settings."""

    hashes: dict[str, str]
    settings: dict[str, Any]

    @classmethod
    def of(cls, entry: dict[str, Any]) -> _Entry:
        listed = [*entry.get("deps", []), *entry.get("outs", [])]
        settings = entry.get("params", {}).get(PARAMS, {})
        return cls({item["path"]: item["md5"] for item in listed}, dict(settings))


class Lock:
    """What dvc.lock says of each stage; nothing at all where there is none.

    Raises:
        UserError: it cannot be read.
    """

    def __init__(self, root: Path):
        path, yaml = root / LOCK, YAML(typ="safe", pure=True)
        self.there = path.is_file()
        self._settings = yaml.load((root / PARAMS).read_text("utf-8"))
        try:
            stages = yaml.load(path.read_text("utf-8"))["stages"] if self.there else {}
            self._stages = {name: _Entry.of(entry) for name, entry in stages.items()}
        except (YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{LOCK}: was cut short or damaged. Put it back with: git checkout {LOCK}   or "
                "run: snakemake --profile cpu"
            ) from error

    def faults(self, project: Project, name: str, known: set[str]) -> list[Fault]:
        """What it says of one result that is not so.

        Args:
            project: whose files are read.
            name: the result's, as DVC names it.
            known: files that have a fault of their own.
        """
        if not self.there:
            return []
        remedy = (
            f"Put {LOCK} back with: git checkout {LOCK}   or, if the files are right: "
            f"dvc commit --force {name}"
        )
        entry = self._stages.get(name)
        if entry is None:
            return [Fault(LOCK, f"has no {name}", f"Record it: dvc commit --force {name}", (name,))]
        faults = []
        for path, md5 in entry.hashes.items():
            if path in known or path == project.params.download.path:
                continue
            found = project.scan(path)
            there = found.dvc_md5 if found else "nothing"
            if there != md5:
                problem = f"has md5 {md5} for {path}, which has {there}"
                faults.append(Fault(LOCK, problem, remedy, (name,)))
        for section, values in entry.settings.items():
            if self._settings.get(section) != values:
                problem = f"has other settings in {section} than {PARAMS}"
                faults.append(Fault(LOCK, problem, remedy, (name,)))
        return faults
