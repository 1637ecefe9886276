"""A sample needs the one file alone."""

import json
import os
import time
from dataclasses import asdict

import pytest
import torch
from nets.models import model
from safetensors.torch import save_file

from dcgan_core.errors import UserError
from dcgan_core.nets import build_generator
from dcgan_core.nets.snapshot import HEADER, SCHEMA, SnapshotInfo, read_info, save_generator
from dcgan_core.sample import load_generator

MODEL = model(5, 2, upsampling="bilinear", norm_g="spectral+batch")
INFO = SnapshotInfo(
    "18x16", 18, 16, 3, MODEL.model_dump(), epoch=3, step=30, images=240, weights="ema"
)


def test_a_generator_comes_back_as_it_was_in_eval_mode(tmp_path):
    generator = build_generator(18, 16, 3, MODEL, torch.Generator().manual_seed(1))
    generator(torch.randn(8, 5))
    path = tmp_path / "g.safetensors"
    save_generator(path, generator.to(memory_format=torch.channels_last), INFO)
    loaded = load_generator(path)
    assert not loaded.training
    assert read_info(path) == INFO
    latents = torch.randn(2, 5)
    torch.testing.assert_close(loaded(latents), generator.eval()(latents))
    assert [p.name for p in tmp_path.iterdir()] == ["g.safetensors"]


def test_other_files_are_refused_by_name(tmp_path):
    text = tmp_path / "text.safetensors"
    text.write_text("hello")
    other = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(1)}, other)
    for path in (text, other, tmp_path / "missing.safetensors"):
        with pytest.raises(UserError, match=path.name):
            load_generator(path)


def put(path, header=None, **weights):
    """Save a whole generator with changes: of the header's keys, and of tensors by name."""
    generator = build_generator(18, 16, 3, MODEL, torch.Generator().manual_seed(1))
    record = {"schema": SCHEMA, **asdict(INFO), **(header or {})}
    tensors = {
        **generator.state_dict(),
        **{name.replace("__", "."): t for name, t in weights.items()},
    }
    save_file(
        {k: t for k, t in tensors.items() if t is not None}, path, {HEADER: json.dumps(record)}
    )
    return path


def test_the_helper_saves_what_is_read(tmp_path):
    assert read_info(put(tmp_path / "g.safetensors")) == INFO
    load_generator(tmp_path / "g.safetensors")


BASE = "base.1.parametrizations.weight.original"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda weight: torch.full_like(weight, torch.nan), "not finite"),
        (lambda weight: weight.index_fill(0, torch.tensor([0]), -torch.inf), "not finite"),
        (lambda weight: weight.long(), "I64"),
        (lambda weight: weight.half(), "F16"),
        (lambda weight: weight[:-1], "its network has F32"),
        (lambda weight: weight.reshape(-1), "its network has F32"),
        (lambda weight: None, "has no weights"),
    ],
)
def test_weights_of_another_kind_are_refused(tmp_path, change, words):
    whole = build_generator(18, 16, 3, MODEL, torch.Generator().manual_seed(1)).state_dict()
    changed = change(whole[BASE].clone())
    path = put(tmp_path / "g.safetensors", **{BASE.replace(".", "__"): changed})
    with pytest.raises(UserError, match=rf"g\.safetensors: .*{words}") as told:
        load_generator(path)
    assert "\n" not in str(told.value)


def test_weights_of_another_network_are_refused(tmp_path):
    path = put(tmp_path / "g.safetensors", extra=torch.zeros(2))
    with pytest.raises(UserError, match="its network has no weights 'extra'"):
        load_generator(path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"schema": 99}, "schema 99"),
        ({"size": "16x1000000", "height": 16, "width": 1_000_000}, "each side must be"),
        ({"size": "1024", "height": 1024, "width": 1024}, "its network has F32"),
        ({"model": {**MODEL.model_dump(), "ngf": 1024}}, "its network has F32"),
        ({"model": {**MODEL.model_dump(), "ngf": 10**12}}, "model.ngf = 1000000000000"),
        ({"model": {**MODEL.model_dump(), "family": "x"}}, "model.family = 'x'"),
        ({"model": {"ngf": 2}}, "model.family"),
        ({"model": []}, "must be a record"),
        ({"height": 18.0}, "height = 18.0: must be a whole number"),
        ({"height": 20}, "makes 20x16x3 at size '18x16'"),
        ({"channels": 2}, "makes 18x16x2"),
        ({"epoch": "three"}, "epoch = 'three'"),
        ({"seed": 3}, "does not know 'seed'"),
    ],
)
def test_a_header_that_tells_of_another_network_is_refused_at_once(tmp_path, header, words):
    path = put(tmp_path / "g.safetensors", header)
    started = time.perf_counter()
    with pytest.raises(UserError, match=r"g\.safetensors: ") as told:
        load_generator(path)
    assert words in str(told.value)
    assert "\n" not in str(told.value)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", '{"schema": NaN}', '{"schema": 3'])
def test_metadata_that_is_no_record_is_refused(tmp_path, text):
    save_file({"x": torch.zeros(1)}, tmp_path / "g.safetensors", {HEADER: text})
    with pytest.raises(UserError, match=r"g\.safetensors: not a generator") as told:
        read_info(tmp_path / "g.safetensors")
    assert len(str(told.value)) < 300 + len(str(tmp_path))


def test_what_is_no_file_of_tensors_is_refused(tmp_path):
    whole = put(tmp_path / "g.safetensors").read_bytes()
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    contents = {
        "empty": b"",
        "cut": whole[:-1],
        "long": whole + b"\0",
        "header": (10**9).to_bytes(8, "little") + b"{" + b" " * 1000,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    for path in (folder, pipe, *(tmp_path / name for name in contents)):
        with pytest.raises(UserError, match=path.name):
            load_generator(path)
