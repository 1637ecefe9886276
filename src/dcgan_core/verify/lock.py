"""Whether dvc.lock, which git keeps, names the files that lie there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..errors import UserError
from .faults import Fault
from .project import PARAMS, Project

LOCK = "dvc.lock"


class Lock:
    """What dvc.lock says of each stage; nothing at all where there is none.

    Raises:
        UserError: it cannot be read.
    """

    def __init__(self, root: Path):
        path = root / LOCK
        self.there = path.is_file()
        try:
            yaml = YAML(typ="safe", pure=True)
            self._stages = yaml.load(path.read_text("utf-8"))["stages"] if self.there else {}
            self._settings = yaml.load((root / PARAMS).read_text("utf-8"))
        except (YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
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
        if not isinstance(entry, dict):
            return [Fault(LOCK, f"has no {name}", f"Record it: dvc commit --force {name}", (name,))]
        faults = []
        for path, md5 in _hashes(entry).items():
            if path in known or path == project.params.download.path:
                continue
            found = project.scan(path)
            there = found.dvc_md5 if found else "nothing"
            if there != md5:
                problem = f"has md5 {md5} for {path}, which has {there}"
                faults.append(Fault(LOCK, problem, remedy, (name,)))
        recorded = (entry.get("params") or {}).get(PARAMS) or {}
        for section, values in recorded.items():
            if self._settings.get(section) != values:
                problem = f"has other settings in {section} than {PARAMS}"
                faults.append(Fault(LOCK, problem, remedy, (name,)))
        return faults


def _hashes(entry: dict[str, Any]) -> dict[str, str]:
    """The md5 of each file and folder that a stage reads or leaves, by its path."""
    listed = [*(entry.get("deps") or []), *(entry.get("outs") or [])]
    return {item["path"]: str(item.get("md5")) for item in listed}
