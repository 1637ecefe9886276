"""Results of a git revision or a DVC experiment, brought from DVC's cache without a checkout.

git has each revision's ``dvc.lock``, which names the md5 of every result; the cache has the files
by those names.
"""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ...errors import UserError, shown

LOCK = "dvc.lock"
EXPERIMENT = re.compile(r"refs/exps/[0-9a-f]{2}/[0-9a-f]{38}/(.+)")
WANTED = re.compile(
    r"results/[^/]+/(fidelity\.json|fidelity\.csv|history\.csv|run\.json|best\.safetensors)"
    r"|results/receipts/[^/]+\.json"
)
"""Of all results, those that a comparison reads."""


@dataclass(frozen=True)
class Revision:
    """A commit that somebody named.

    Attributes:
        name: as it was asked for.
        commit: its hash, 40 hex digits.
        experiment: whether the name is a DVC experiment's.
    """

    name: str
    commit: str
    experiment: bool

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{'experiment' if self.experiment else 'revision'} {self.commit[:10]}"


def find_revision(name: str, root: Path) -> Revision:
    """The experiment of that name, or else the git revision.

    Args:
        name: as typed.
        root: the project's folder, within a git repository.

    Raises:
        UserError: there is none, or several experiments have the name.
    """
    experiments = _experiments(root)
    found = [commit for commit, known in experiments if known == name]
    if len(found) > 1:
        commits = ", ".join(commit[:10] for commit in found)
        raise UserError(
            f"{name}: {len(found)} experiments have this name, each on another commit. Give one "
            f"of their own commits: {commits}"
        )
    if found:
        return Revision(name, found[0], experiment=True)
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    if commit:
        return Revision(name, commit.strip(), experiment=False)
    branches = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags")
    names = [*(known for _, known in experiments), *(branches or "").split()]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "dvc exp list names experiments."
    raise UserError(
        f"{shown(name)}: no folder with results, no DVC experiment and no git revision; {hint}"
    )


def _experiments(root: Path) -> list[tuple[str, str]]:
    """Commit and name of each."""
    listed = _git(root, "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps") or ""
    pairs = (line.partition(" ")[::2] for line in listed.splitlines())
    return [(commit, found[1]) for commit, ref in pairs if (found := EXPERIMENT.fullmatch(ref))]


def bring(revision: Revision, root: Path, target: Path) -> None:
    """Lay a revision's results below ``target`` as they lie in a project, as links to the cache.

    Args:
        revision: whose results.
        root: the project's folder.
        target: an empty folder.

    Raises:
        UserError: the revision has no results, or DVC's cache lacks one.
    """
    wanted = {path: md5 for path, md5 in _outputs(revision, root).items() if WANTED.fullmatch(path)}
    if not any(path.endswith("/fidelity.json") for path in wanted):
        raise UserError(
            f"{revision.name}: its {LOCK} names no scores. Run the pipeline there, and commit "
            f"{LOCK} after it."
        )
    cache = _cache(root)
    for path, md5 in wanted.items():
        file = cache / "files" / "md5" / md5[:2] / md5[2:]
        if not file.is_file():
            fetch = "dvc exp pull REMOTE " + revision.name if revision.experiment else ""
            raise UserError(
                f"{revision.name}: {path} is not in DVC's cache here. Bring it with: "
                f"{fetch or 'dvc fetch --all-commits'}"
            )
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).symlink_to(file.resolve())


def _outputs(revision: Revision, root: Path) -> Mapping[str, str]:
    """md5 of each output, by its path.

    Raises:
        UserError: the revision has no ``dvc.lock``, or a damaged one.
    """
    text = _git(root, "show", f"{revision.commit}:./{LOCK}")
    if text is None:
        raise UserError(
            f"{revision.name}: has no {LOCK}, so git does not know its results. Name a commit "
            "that has one, or a folder with results."
        )
    try:
        stages = YAML(typ="safe", pure=True).load(text)["stages"].values()
        return {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", [])}
    except (YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{revision.name}: its {LOCK} is damaged. Name another revision."
        ) from error


def _cache(root: Path) -> Path:
    """Where DVC keeps files; its own word counts, since it may be set anywhere."""
    if shutil.which("dvc"):
        done = subprocess.run(["dvc", "cache", "dir"], cwd=root, capture_output=True, text=True)
        if not done.returncode and done.stdout.strip():
            return root / done.stdout.strip()
    return root / ".dvc" / "cache"


def _git(root: Path, *arguments: str) -> str | None:
    """What git says; None where it refuses.

    Raises:
        UserError: git is not installed.
    """
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, errors="replace"
        )
    except FileNotFoundError as error:
        raise UserError("git is not on the path, and revisions are read through it.") from error
    return None if done.returncode else done.stdout
