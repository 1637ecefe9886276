"""A sample needs the one file alone."""

import pytest
import torch
from nets.models import model
from safetensors.torch import save_file

from dcgan_core.errors import UserError
from dcgan_core.nets import build_generator
from dcgan_core.nets.snapshot import SnapshotInfo, read_info, save_generator
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
