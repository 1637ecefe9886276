"""A copy of this project in a folder of its own, driven as a user would drive it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML
from settings import ROOT, TINY

from dcgan_core import stages
from dcgan_core.params import load_params

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@example.org",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@example.org",
    "DVC_NO_ANALYTICS": "1",
    "HOME": os.environ.get("HOME", "/tmp"),
}


class Project:
    """One checkout and the commands that are typed in it, in ``environment``."""

    def __init__(self, root: Path):
        self.root = root
        self.environment = ENVIRONMENT

    @classmethod
    def fresh(cls, root: Path, settings: dict | None = None) -> "Project":
        """What a clone would hold of the present working tree, with tiny settings, committed."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for name in filter(None, listed.split("\0")):
            if name.startswith("tests/") or not (ROOT / name).exists():
                continue
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name, follow_symlinks=False)
        project = cls(root)
        project.git("init", "-q", "-b", "main")
        project.dvc("remote", "modify", "--local", "storage", "url", str(root.parent / "storage"))
        project.change({**TINY, **(settings or {})})
        project.commit("start")
        return project

    def copy(self, root: Path) -> "Project":
        """The same project, results, cache and history included, somewhere else."""
        shutil.copytree(self.root, root, symlinks=True)
        return Project(root)

    def clone(self, root: Path) -> "Project":
        """A git clone with the same DVC remote."""
        self.git("clone", "-q", ".", str(root))
        clone = Project(root)
        storage = self.run("dvc", "config", "--local", "remote.storage.url").stdout.strip()
        clone.dvc("remote", "modify", "--local", "storage", "url", storage)
        return clone

    def run(
        self,
        *command: str,
        check: bool = True,
        timeout: float = 600,
        environment: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess:
        """Run a command at the root; its output is in the error when it fails.

        Args:
            environment: variables to add to the usual ones.
        """
        result = subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if check and result.returncode:
            raise AssertionError(f"{' '.join(command)}\n{result.stdout}\n{result.stderr}")
        return result

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments).stdout

    def dvc(self, *arguments: str) -> str:
        return self.run("dvc", *arguments).stdout

    def snakemake(self, *arguments: str) -> str:
        result = self.run("snakemake", "--profile", "cpu", *arguments)
        return result.stdout + result.stderr

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def change(self, settings: dict) -> None:
        """Change params.yaml, keeping its comments."""
        yaml, path = YAML(), self.root / "params.yaml"
        data = yaml.load(path)
        for name, value in settings.items():
            *sections, key = name.split(".")
            node = data
            for section in sections:
                node = node[section]
            node[key] = value
        yaml.dump(data, path)

    def params(self):
        return load_params(self.root / "params.yaml")

    def pending_in_snakemake(self) -> set[str]:
        """The jobs a dry run lists, as DVC names them: ``train@64``, ``summary``."""
        return jobs_listed(self.snakemake("--dry-run"))

    def pending_in_dvc(self) -> set[str]:
        """The stages ``dvc status`` calls changed, and all that depend on them."""
        changed = set(json.loads(self.dvc("status", "--json")))
        everything = {
            (f"{stage.name}@{size}" if stage.sized else stage.name): stage
            for stage in stages.STAGES.values()
            for size in (self.params().sizes if stage.sized else [None])
        }
        for name, stage in everything.items():
            size = name.partition("@")[2]
            for upstream in stage.upstream:
                sized = stages.STAGES[upstream].sized
                before = (
                    {f"{upstream}@{size}"}
                    if sized and size
                    else {other for other in everything if other.split("@")[0] == upstream}
                )
                if before & changed:
                    changed.add(name)
        return changed


def jobs_listed(output: str) -> set[str]:
    """Job names in Snakemake's listing, without ``all``."""
    jobs = set()
    for block in re.split(r"\n(?=(?:local)?rule )", output)[1:]:
        name = re.match(r"(?:local)?rule (\w+):", block)[1]
        size = re.search(r"^    wildcards: size=(\S+)", block, re.MULTILINE)
        jobs.add(f"{name}@{size[1]}" if size else name)
    return {job for job in jobs if job != "all" and not job.endswith("_all")}
