"""ONNX files: read by onnxruntime, another program, and held against PyTorch."""

import json
import sys

import numpy as np
import pytest
import torch
from explore.generators import CASES, made, save
from nets.snapshots import save_drawing_generator

from dcgan_core import cli
from dcgan_core.export import onnx_graph
from dcgan_core.sample import load_generator

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.parametrize("name", CASES)
def test_any_number_of_images_is_pytorchs(name, tmp_path, capsys):
    snapshot, target = tmp_path / "one.safetensors", tmp_path / "made/one.onnx"
    save(snapshot, made(CASES[name]), 1)
    assert cli.main(["export", str(snapshot), "--onnx", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n{target.parent}/one.card.md\n"
    generator = load_generator(snapshot)
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    shape = ["batch", generator.channels, generator.height, generator.width]
    assert [output.shape for output in session.get_outputs()] == [shape]
    inputs = {one.name: one.shape for one in session.get_inputs()}
    known = len(generator.classes)
    latents_alone = {"latents": ["batch", generator.latent_length]}
    assert inputs == (latents_alone | {"classes": ["batch"]} if known else latents_alone)
    rng = np.random.default_rng(0)
    for count in (1, 2, 7):
        fed = {"latents": rng.standard_normal((count, generator.latent_length), np.float32)}
        if known:
            fed["classes"] = rng.integers(0, known, count)
        with torch.no_grad():
            expected = generator(*map(torch.from_numpy, fed.values())).numpy()
        (images,) = session.run(None, fed)
        assert images.shape == expected.shape
        assert np.abs(images - expected).max() <= 1e-4
        # Pictures with something in them, so that agreement says something.
        assert expected.std() > 0.1


def test_the_file_says_what_it_is(tmp_path):
    snapshot, target = tmp_path / "one.safetensors", tmp_path / "one.onnx"
    save_drawing_generator(snapshot, 1, classes={"Katze ä": 2, "dog": 1})
    assert cli.main(["export", str(snapshot), "--onnx", str(target)]) == 0
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["classes"]) == {"Katze ä": 2, "dog": 1}
    assert json.loads(told["normalization"]) == "x = code/127.5 - 1"
    assert len(json.loads(told["snapshot_sha256"])) == 64


def test_a_graph_of_other_images_is_not_written(tmp_path, monkeypatch, capsys):
    snapshot, target = tmp_path / "one.safetensors", tmp_path / "one.onnx"
    save_drawing_generator(snapshot, 1)
    plain = onnx_graph._plain

    def other(generator):
        changed = plain(generator)
        next(changed.parameters()).mul_(1.001)
        return changed

    monkeypatch.setattr(onnx_graph, "_plain", other)
    assert cli.main(["export", str(snapshot), "--onnx", str(target)]) == 1
    assert "not written, since onnxruntime's images differ" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["one.safetensors"]


def test_without_the_package_the_remedy_is_told(tmp_path, monkeypatch, capsys):
    save_drawing_generator(tmp_path / "one.safetensors", 1)
    monkeypatch.setitem(sys.modules, "onnx", None)
    words = ["export", str(tmp_path / "one.safetensors"), "--onnx", str(tmp_path / "one.onnx")]
    assert cli.main(words) == 1
    assert "dcgan export --onnx needs the package onnx" in capsys.readouterr().err


def test_the_cards_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_drawing_generator(tmp_path / "one.safetensors", 1, classes={"cat": 2, "dog": 1})
    assert cli.main(["export", "one.safetensors", "--onnx", "one.onnx"]) == 0
    example = (tmp_path / "one.card.md").read_text().split("```python\n")[1].split("```")[0]
    found: dict = {}
    exec(example, found)
    assert found["codes"].shape == (16, 3, 16, 16)
    assert found["codes"].dtype == np.uint8
    expected = load_generator("one.safetensors")(
        torch.from_numpy(found["latents"]), torch.zeros(16, dtype=torch.int64)
    )
    assert np.abs(found["images"] - expected.numpy()).max() <= 1e-4
