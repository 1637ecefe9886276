"""What sources import is remembered, and never trusted further than their text."""

import json
import re
import shutil

import pytest
from settings import ROOT

from dcgan_core import stages
from dcgan_core.params import load_params
from dcgan_core.stages.imports import MEMORY, Import, Sources
from dcgan_core.stages.reach import PACKAGE, SCRIPTS

PARAMS = load_params(ROOT / "params.yaml")


TEXTS = {
    "a.py": "import os, json.decoder as d\nfrom typing import TYPE_CHECKING\n"
    "if TYPE_CHECKING:\n    from nowhere import never\n"
    "def f():\n    from ..b.c import (d,\n        e as g)\n"
    "    import_module(f'.{d}', __package__)\n",
    "b.py": "from .nets import layers\n",
}
IMPORTS = {
    "a.py": [
        Import(0, "os", ()),
        Import(0, "json.decoder", ()),
        Import(0, "typing", ("TYPE_CHECKING",)),
        Import(2, "b.c", ("d", "e")),
        Import(0, "", ("*",)),
    ],
    "b.py": [Import(1, "nets", ("layers",))],
}


def imports(root):
    """By file, from what is remembered as far as that goes; then remembered."""
    sources = Sources(root, cached=True)
    found = {path: sources.imports(path) for path in TEXTS}
    sources.remember()
    return found


@pytest.fixture
def root(tmp_path):
    """Two files, whose imports are remembered."""
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text)
    assert imports(tmp_path) == IMPORTS
    assert len(json.loads((tmp_path / MEMORY).read_text())["imports"]) == len(TEXTS)
    return tmp_path


def test_what_is_remembered_is_not_read_again(root, monkeypatch):
    monkeypatch.setattr("ast.parse", None)
    assert imports(root) == IMPORTS


def test_a_text_that_changed_is_read_again_and_the_old_one_forgotten(root):
    (root / "b.py").write_text("import sys\n")
    assert imports(root) == {**IMPORTS, "b.py": [Import(0, "sys", ())]}
    assert len(json.loads((root / MEMORY).read_text())["imports"]) == len(TEXTS)


DAMAGE = {
    "cut short": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "not text": lambda text: "\0\1",
    "a list": lambda text: "[]",
    "of another reader": lambda text: text.replace('": ["', '": ["0', 1).replace("nets", "nuts"),
    "numbers for names": lambda text: text.replace('[0, "', '["0", "'),
    "no lists": lambda text: re.sub(r": \[\[.*?\]\]\]", ": 7", text),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_memory_is_made_anew(root, damage):
    text = (root / MEMORY).read_text()
    damaged = DAMAGE[damage](text)
    assert damaged != text
    (root / MEMORY).write_text(damaged)
    assert imports(root) == IMPORTS
    assert json.loads((root / MEMORY).read_text()) == json.loads(text)


def test_keys_are_the_same_with_a_memory_without_one_and_where_none_can_be_kept(tmp_path):
    for folder in (PACKAGE, SCRIPTS):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tmp_path / ".dcgan").write_text("in the way")
    wanted = {
        name: found.key
        for name, found in stages.stage_origins(PARAMS, tmp_path, cached=False).items()
    }
    assert stages.stage_keys(PARAMS, tmp_path) == wanted
    assert (tmp_path / ".dcgan").read_text() == "in the way"
    (tmp_path / ".dcgan").unlink()
    assert [stages.stage_keys(PARAMS, tmp_path) for _ in range(2)] == [wanted, wanted]
    assert (tmp_path / MEMORY).is_file()
