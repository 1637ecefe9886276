"""A training's discriminator comes back from its file alone, whatever it is made of."""

import copy
import json
from dataclasses import asdict, replace

import pytest
import torch
from safetensors.torch import save_file
from settings import ROOT

from dcgan_core.device.base import placed
from dcgan_core.errors import UserError
from dcgan_core.files import sha256_file
from dcgan_core.nets import build_networks
from dcgan_core.nets.snapshot import (
    DISCRIMINATOR_HEADER,
    SCHEMA,
    SnapshotInfo,
    load_discriminator,
    load_generator,
    save_discriminator,
    save_generator,
)
from dcgan_core.params import load_params, parse_size
from dcgan_core.params.recipes import recipe_names

NARROW = {"model.latent": 8, "model.ngf": 2, "model.ndf": 2}
SETTINGS = {
    **{name: ({}, name) for name in recipe_names(ROOT)},
    "spectral norm": ({"model.norm_d": "spectral"}, None),
    "spectral and batch norm": ({"model.norm_d": "spectral+batch"}, None),
    "pixel norm": ({"model.norm_d": "pixel"}, None),
    "layer norm": ({"model.norm_d": "layer"}, None),
    "instance norm": ({"model.norm_d": "instance"}, None),
    "equalised": ({"model.equalized_lr": True}, None),
    "minibatch std": ({"model.minibatch_std": True}, None),
    "all that compares": (
        {"model.minibatch_std": True, "model.minibatch_discrimination": 3, "model.dropout": 0.3},
        None,
    ),
    "another shape": ({"sizes": ["37x22"]}, None),
    "grey": ({"resize.channels": 1}, None),
}


def networks(name):
    """Generator, discriminator after a step's forward pass, images, and what their files say."""
    changes, recipe = SETTINGS[name]
    params = load_params(ROOT / "params.yaml", {**NARROW, **changes}, recipe=recipe)
    size = params.sizes[0]
    generator, discriminator = build_networks(params, size)
    channels = params.resize.channels
    torch.manual_seed(0)
    images = torch.rand(3, channels, *parse_size(size)) * 2 - 1
    discriminator(images)
    height, width = parse_size(size)
    model = params.model.model_dump()
    info = SnapshotInfo(size, height, width, channels, model, 1, 2, 3, weights="raw")
    return generator, discriminator, images, info


@pytest.mark.parametrize("name", SETTINGS)
def test_it_comes_back_as_it_was_in_eval_mode(tmp_path, name):
    _, discriminator, images, info = networks(name)
    path = tmp_path / "d.safetensors"
    save_discriminator(path, discriminator, info)
    loaded = load_discriminator(path)
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    expected = placed(discriminator, torch.device("cpu")).eval().requires_grad_(False)
    assert torch.equal(loaded(images), expected(images))
    assert all(torch.equal(a, b) for a, b in zip(*both(loaded, expected), strict=True))
    save_discriminator(tmp_path / "again.safetensors", loaded, info)
    assert sha256_file(tmp_path / "again.safetensors") == sha256_file(path)


def both(*modules):
    return [module.state_dict().values() for module in modules]


def test_neither_network_is_taken_for_the_other(tmp_path):
    generator, discriminator, _, info = networks("quick-64")
    save_discriminator(tmp_path / "d.safetensors", discriminator, info)
    save_generator(tmp_path / "g.safetensors", generator, replace(info, weights="ema"))
    with pytest.raises(UserError, match=r"g\.safetensors: not a discriminator that this version"):
        load_discriminator(tmp_path / "g.safetensors")
    with pytest.raises(UserError, match=r"d\.safetensors: not a generator that this version"):
        load_generator(tmp_path / "d.safetensors")


@pytest.mark.parametrize(
    ("header", "weights", "words"),
    [
        ({"schema": 99}, {}, "not a discriminator that this version reads"),
        ({"channels": 2}, {}, "makes 64x64x2"),
        ({"seed": 3}, {}, "does not know 'seed'"),
        ({}, {"head.weight": None}, "has no weights 'head.weight'"),
        ({}, {"extra": torch.zeros(2)}, "its network has no weights 'extra'"),
        ({}, {"body.0.bias": torch.full((2,), torch.nan)}, "not finite"),
        ({}, {"body.0.bias": torch.zeros(3)}, "its network has F32"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_by_name(tmp_path, header, weights, words):
    _, discriminator, _, info = networks("quick-64")
    tensors = {**copy.deepcopy(discriminator.state_dict()), **weights}
    record = {"schema": SCHEMA, **asdict(info), **header}
    save_file(
        {name: tensor for name, tensor in tensors.items() if tensor is not None},
        tmp_path / "d.safetensors",
        {DISCRIMINATOR_HEADER: json.dumps(record)},
    )
    with pytest.raises(UserError, match=r"d\.safetensors: ") as told:
        load_discriminator(tmp_path / "d.safetensors")
    assert words in str(told.value)
    assert "\n" not in str(told.value)
