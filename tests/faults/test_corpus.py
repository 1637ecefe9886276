"""Hundreds of bad inputs: one line each, no traceback, nothing half-written, bounded."""

import shutil
from importlib import import_module
from pathlib import Path

import pytest
from case import MEGABYTES, SECONDS, Case
from forks import Server

from dcgan_core.files import sha256_file

CASES = [
    case
    for module in sorted(Path(__file__).parent.glob("bad_*.py"))
    for case in import_module(module.stem).CASES
]


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def finished(built, tmp_path_factory) -> Path:
    """A finished tiny project without its histories, which no stage script reads."""
    root = tmp_path_factory.mktemp("finished") / "project"
    histories = shutil.ignore_patterns(".git", ".snakemake", "cache", "docs", "benchmarks")
    shutil.copytree(built.root, root, symlinks=True, ignore=histories)
    return root


def contents(root: Path) -> dict[str, str]:
    """What lies under data and results, with its hashes; keys go when their stage begins."""
    return {
        str(path.relative_to(root)): sha256_file(path)
        for folder in ("data", "results")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and not path.is_relative_to(root / "results/keys")
    }


def test_names_are_unique():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(case: Case, server, finished, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(finished, root, symlinks=True)
    case.build(root)
    before = contents(root)
    answer = server.run(root, case.command, 3 * SECONDS)
    told = answer["output"]
    assert answer["status"] == case.status, told
    assert "Traceback" not in told
    lines = told.strip().splitlines()
    words = lines[-1] if case.status and lines else told
    for word in case.told:
        assert word in words, told
    if case.status:
        assert contents(root) == before
    assert not list(root.rglob("*.part-*"))
    assert answer["seconds"] < SECONDS
    assert answer["megabytes"] < MEGABYTES
