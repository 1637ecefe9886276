"""What ``dcgan recipe queue`` asks of dvc, by a dvc that only notes what it was asked."""

import json
import shutil
import sys

import pytest
from ruamel.yaml import YAML
from settings import ROOT

from dcgan_core import cli
from dcgan_core.params.recipes import read_recipe


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A function that gives all calls of dvc so far, run from a folder with the recipes."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    (tmp_path / "bin").mkdir()
    notes = tmp_path / "notes"
    dvc = tmp_path / "bin" / "dvc"
    dvc.write_text(
        f"#!{sys.executable} -SE\nimport json, sys\n"
        f"with open({str(notes)!r}, 'a') as stream:\n"
        "    print(json.dumps(sys.argv[1:]), file=stream)\n"
    )
    dvc.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{dvc.parent}:/usr/bin:/bin")

    def calls() -> list[list[str]]:
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [json.loads(line) for line in lines]

    return calls


def test_each_recipe_is_one_call_with_all_its_settings(asked):
    names = ["rect-157x128-asrun", "best-64"]
    assert cli.main(["recipe", "queue", *names]) == 0
    assert len(asked()) == 2
    yaml = YAML(typ="safe", pure=True)
    for name, words in zip(names, asked(), strict=True):
        assert words[:5] == ["exp", "run", "--queue", "--name", name]
        changes = [word.removeprefix("--set-param=").split("=", 1) for word in words[5:]]
        assert len(changes) == len(words[5:])
        given = {key: yaml.load(value) for key, value in changes}
        assert given == read_recipe(name).settings


def test_without_dvc_the_remedy_is_named(asked, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")
    assert cli.main(["recipe", "queue", "best-64"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["dcgan: dvc is not on the path. Run: source .venv/bin/activate"]


@pytest.mark.parametrize("names", [["best-64", "best"], ["best-64", "best-32", "none"]])
def test_one_wrong_name_queues_nothing(names, asked, capsys):
    assert cli.main(["recipe", "queue", *names]) == 1
    assert asked() == []
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_dvc_refuses_is_told(asked, tmp_path, capsys):
    (tmp_path / "bin" / "dvc").write_text("#!/bin/sh\nexit 3\n")
    assert cli.main(["recipe", "queue", "best-64", "best-32"]) == 1
    assert "dvc could not queue best-64" in capsys.readouterr().err
