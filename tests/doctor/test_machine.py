"""The table says what is here, and its exit code whether the CPU path works."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version

import pytest
from settings import ROOT

from dcgan_core import cli
from dcgan_core.doctor import checks, machine


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project's settings, in the working directory."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_where_all_is_well_the_exit_code_is_0(folder, capsys):
    assert cli.main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert version("torch") in printed
    recipes = len(list((ROOT / "recipes").glob("*.yaml")))
    assert f"params.yaml and {recipes} recipes load" in printed
    assert "one step at size 64" in printed
    assert printed.splitlines()[-1].endswith("snakemake --profile cpu")
    assert not [path for path in folder.iterdir() if path.name not in ("params.yaml", "recipes")]


def test_a_wrong_setting_is_shown_and_fails(folder, capsys):
    text = (folder / "params.yaml").read_text(encoding="utf-8")
    (folder / "params.yaml").write_text(text.replace("batch_size: 8", "batch_size: many"))
    assert cli.main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "train.batch_size = 'many'" in captured.out
    assert "the CPU path does not work" in captured.err


def test_a_wrong_recipe_is_shown_and_fails(folder, capsys):
    (folder / "recipes" / "mine.yaml").write_text("# Mine.\ntrain:\n  epochs: -1\n")
    assert cli.main(["doctor"]) == 1
    assert "train.epochs = -1" in capsys.readouterr().out


def test_without_torch_it_says_so_and_goes_on(folder):
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from dcgan_core.cli import main; sys.exit(main(['doctor']))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "import of torch halted" in result.stdout
    assert "recipes load" in result.stdout


def test_each_device_is_described_or_named_missing_in_one_line():
    found = checks.devices()
    assert found["cpu"].endswith("bf16 autocast works")
    for name, text in found.items():
        assert "\n" not in text
        assert text.startswith((name, "missing: "))


def test_tools_of_another_environment_are_named(tmp_path, monkeypatch):
    stray = tmp_path / "snakemake"
    stray.write_text("#!/bin/sh\n")
    stray.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    text = checks.interpreters(ROOT)
    assert f"snakemake is {stray}" in text
    assert "dvc is not on the path" in text
    assert "Remedy: " in text


def test_a_drivers_tool_is_asked_for_cards_alone(tmp_path, monkeypatch):
    tool = tmp_path / "hl-smi"
    tool.write_text('#!/bin/sh\necho "asked: $*"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert machine.smi()["hl-smi"].startswith("asked: -Q name,driver_version")


def test_only_variables_that_steer_devices_are_recorded():
    kept = {"PT_HPU_LAZY_MODE": "1", "CUDA_VISIBLE_DEVICES": "0"}
    assert machine.environment({**kept, "HOME": "/home/me", "AWS_SECRET": "x"}) == kept


def test_out_without_accept_is_an_error(folder, capsys):
    assert cli.main(["doctor", "--out", "x.json"]) == 1
    assert "only with --accept" in capsys.readouterr().err
