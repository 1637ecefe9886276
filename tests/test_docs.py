"""What the docs say of the code is what the code says."""

import ast
import re
import subprocess
import sys

from settings import ROOT


def test_generated_pages_are_current():
    result = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_contributing_names_files_that_are_there():
    table = (ROOT / "CONTRIBUTING.md").read_text().split("## Where to change what")[1]
    paths = set(re.findall(r"`([\w./]+(?:/|\.py|\.yaml)|Snakefile)`", table.split("## What")[0]))
    assert len(paths) > 15
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_contributing_shows_the_everyday_changes():
    table = (ROOT / "CONTRIBUTING.md").read_text()
    assert len(re.findall(r"^\| an? ", table, re.MULTILINE)) >= 10


def test_docs_link_to_pages_that_are_there():
    broken = []
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_no_room_is_too_large():
    """A module of at most 300 lines, a function of at most 50, training at one glance."""
    long = []
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text()
        if text.count("\n") > 300:
            long.append(path.name)
        long += [
            f"{path.name}: {node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50
        ]
    assert long == []
    train = ROOT / "src/dcgan_core/train"
    rooms = [path for path in train.iterdir() if path.name[:2] != "__"]
    assert len(rooms) <= 14
