"""A hub's folder: read back, refused where it would replace more than an export."""

import json
import shutil

import pytest
import torch
import yaml
from nets.snapshots import save_drawing_generator

from dcgan_core import cli
from dcgan_core.export import hub
from dcgan_core.sample import load_generator


@pytest.fixture
def snapshot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_drawing_generator(tmp_path / "one.safetensors", 1, classes={"cat": 2, "dog": 1})
    return tmp_path / "one.safetensors"


def test_the_folder_is_the_generator_its_facts_and_a_card(snapshot, tmp_path, capsys):
    assert cli.main(["export", str(snapshot), "--hub", "hub"]) == 0
    assert capsys.readouterr().out == "hub\n"
    files = {"model.safetensors", "config.json", "README.md"}
    assert {file.name for file in (tmp_path / "hub").iterdir()} == files
    latents, classes = torch.randn(3, 6), torch.tensor([0, 1, 1])
    expected, loaded = (
        load_generator(path)(latents, classes) for path in (snapshot, "hub/model.safetensors")
    )
    assert torch.equal(expected, loaded)
    config = json.loads((tmp_path / "hub/config.json").read_text())
    assert (config["size"], config["model"]["latent"]) == ("16", 6)
    assert config["classes"] == {"cat": 2, "dog": 1}
    _, header, text = (tmp_path / "hub/README.md").read_text().split("---\n")
    data = yaml.safe_load(header)
    assert data["library_name"] == "dcgan-workflow"
    assert {"dcgan", "class-conditional"} <= set(data["tags"])
    assert "# DCGAN 16" in text
    assert "No scores are told here" in text


def test_the_cards_example_runs_and_sample_takes_the_folder(snapshot, monkeypatch, tmp_path):
    assert cli.main(["export", str(snapshot), "--hub", "hub"]) == 0
    words = ["--rows", "1", "--columns", "2", "--out"]
    for name in ("hub", str(snapshot)):
        assert cli.main(["sample", name, *words, f"of-{name[:3].strip('/')}"]) == 0
    sheets = [path.read_bytes() for path in tmp_path.glob("of-*/samples.png")]
    assert len(sheets) == 2
    assert sheets[0] == sheets[1]
    monkeypatch.chdir("hub")
    example = (tmp_path / "hub/README.md").read_text().split("```python\n")[1].split("```")[0]
    found: dict = {}
    exec(example, found)
    assert found["images"].shape == (16, 3, 16, 16)


def test_an_earlier_export_is_replaced_and_nothing_else(snapshot, tmp_path, capsys):
    assert cli.main(["export", str(snapshot), "--hub", "hub"]) == 0
    save_drawing_generator(snapshot, 2, classes={"cat": 2, "dog": 1})
    assert cli.main(["export", str(snapshot), "--hub", "hub"]) == 0
    assert (tmp_path / "hub/model.safetensors").read_bytes() == snapshot.read_bytes()
    (tmp_path / "hub/.git").mkdir()
    assert cli.main(["export", str(snapshot), "--hub", "hub"]) == 1
    assert "hub: holds .git, which is no part of an export" in capsys.readouterr().err
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/README.md").write_text("mine")
    assert cli.main(["export", str(snapshot), "--hub", "mine"]) == 1
    assert "has no config.json, so that this program did not write it" in capsys.readouterr().err


def test_what_reads_back_as_another_is_not_left(snapshot, tmp_path, monkeypatch, capsys):
    save_drawing_generator(tmp_path / "two.safetensors", 2, classes={"cat": 2, "dog": 1})
    load = hub.load_generator

    def other(path):
        return load(tmp_path / "two.safetensors" if "hub" in str(path) else path)

    monkeypatch.setattr(hub, "load_generator", other)
    assert cli.main(["export", str(snapshot), "--hub", "hub"]) == 1
    assert "read back, it is not" in capsys.readouterr().err
    assert not (tmp_path / "hub").exists()


def test_something_must_be_asked_for(snapshot, capsys):
    assert cli.main(["export", str(snapshot)]) == 1
    assert "add --onnx FILE.onnx, --hub FOLDER or both" in capsys.readouterr().err
    assert cli.main(["export", str(snapshot), "--onnx", "one"]) == 1
    assert "name a file that ends in .onnx" in capsys.readouterr().err


def test_a_snapshot_of_no_run_is_none_of_a_run(snapshot, tmp_path):
    """A best snapshot without the records of its run has a plain card."""
    place = tmp_path / "results/16"
    place.mkdir(parents=True)
    shutil.copy(snapshot, place / "best.safetensors")
    (tmp_path / "results/summary").mkdir()
    (tmp_path / "results/summary/card-16.md").write_text("---\n---\n# Somebody's\n")
    assert cli.main(["export", "--hub", "hub"]) == 0
    assert "No scores are told here" in (tmp_path / "hub/README.md").read_text()
