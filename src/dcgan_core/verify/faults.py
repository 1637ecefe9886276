"""What is wrong with a result: the file, what it is, and the remedy, in one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..stages import Stage, key_folder, stage_name


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was written, or not as the project is now.

    Attributes:
        file: from the project's root.
        results: the stages, as DVC names them, whose results it touches.
    """

    file: str
    problem: str
    remedy: str
    results: tuple[str, ...]

    @property
    def line(self) -> str:
        """All of it in one line, whatever a file is called."""
        text = f"{self.file}: {self.problem} ({', '.join(self.results)}). {self.remedy}"
        text = text.encode("utf-8", "backslashreplace").decode()
        return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def merged(faults: Iterable[Fault]) -> list[Fault]:
    """Faults that differ only in the results they touch, as one."""
    found: dict[tuple[str, str, str], Fault] = {}
    for fault in faults:
        key = (fault.file, fault.problem, fault.remedy)
        known = found.get(key)
        results = (*known.results, *fault.results) if known else fault.results
        found[key] = replace(fault, results=tuple(dict.fromkeys(results)))
    return list(found.values())


def bring_back(stage: Stage, size: str | None, file: str) -> str:
    """The remedy for a file that is not what its stage wrote."""
    name = stage_name(stage, size)
    return (
        f"Bring it back with: dvc checkout --force {name}   or delete {file}, and the stage runs "
        "again"
    )


def void(stage: Stage, size: str | None) -> str:
    """The remedy for a result of which nothing reliable is known."""
    return f"{bring_back(stage, size, key_folder(stage, size))}."


RUN_AGAIN = "Make it anew with: snakemake --profile cpu   (or dvc repro)."
