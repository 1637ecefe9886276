"""Class gains and biases in the generator, a projection in the discriminator, told by hand."""

import json

import numpy as np
import pytest
import torch
from nets.models import model
from torch import nn

from dcgan_core.errors import UserError
from dcgan_core.nets import Classes, build_discriminator, build_generator
from dcgan_core.nets.conditional import class_norm, through
from dcgan_core.nets.families import FAMILIES
from dcgan_core.nets.layers import NORMS, BatchRenorm2d
from dcgan_core.nets.snapshot import (
    HEADER,
    SnapshotInfo,
    load_discriminator,
    load_generator,
    read_info,
    save_discriminator,
    save_generator,
)
from dcgan_core.nets.tensor_file import read_header

CLASSES = Classes(("cat", "dog", "eel"), (30, 20, 10))
OF_EACH = torch.tensor([0, 2, 1, 2, 0, 1])


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def with_affine(kind: str, weight: torch.Tensor, bias: torch.Tensor) -> nn.Module:
    """The norm with one gain and bias for all images."""
    (layer,) = NORMS[kind].layers(len(weight))
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


@pytest.mark.parametrize("kind", ["batch", "renorm", "layer", "instance", "spectral+batch"])
@pytest.mark.parametrize("training", [True, False])
def test_each_image_has_the_gain_and_bias_of_its_class(kind, training):
    layers = nn.Sequential(*class_norm(NORMS[kind], 4, 3))
    affine = layers[-1]
    nn.init.normal_(affine.weight, generator=rng(1))
    nn.init.normal_(affine.bias, generator=rng(2))
    layers.train(training)
    maps = torch.randn(6, 4, 5, 5, generator=rng(3)) * 3 + 1
    found = through(layers, maps, torch.zeros(6, 1), OF_EACH)
    for row, one in enumerate(OF_EACH.tolist()):
        norm = with_affine(kind, affine.weight[one].detach(), affine.bias[one].detach())
        norm.train(training)
        torch.testing.assert_close(found[row], norm(maps)[row])
    if isinstance(layers[0], BatchRenorm2d) and training:
        torch.testing.assert_close(layers[0].running_mean, norm.running_mean)


@pytest.mark.parametrize("kind", ["pixel", "none", "spectral"])
def test_norms_without_parameters_get_them_too(kind):
    layers = nn.Sequential(*class_norm(NORMS[kind], 4, 3))
    nn.init.normal_(layers[-1].weight, generator=rng(1))
    nn.init.normal_(layers[-1].bias, generator=rng(2))
    maps = torch.randn(6, 4, 5, 5, generator=rng(3))
    bare = nn.Sequential(*NORMS[kind].layers(4))(maps)
    gain, bias = (table[OF_EACH][:, :, None, None] for table in layers[-1].parameters())
    torch.testing.assert_close(
        through(layers, maps, torch.zeros(6, 1), OF_EACH), bare * gain + bias
    )


@pytest.mark.parametrize("compare", [{}, {"minibatch_std": True, "minibatch_discrimination": 3}])
def test_a_logit_has_the_projection_of_its_class_added(compare):
    made_of = model(8, 4, 4, norm_d="layer", **compare)
    network = build_discriminator(32, 16, 3, made_of, rng(), CLASSES)
    plain = build_discriminator(32, 16, 3, made_of, rng())
    images = torch.rand(6, 3, 32, 16, generator=rng(1)) * 2 - 1
    # At first it is the unconditional one.
    assert torch.equal(network(images, OF_EACH), plain(images))
    embedding = torch.randn(network.projection.weight.shape, generator=rng(2))
    network.projection.weight.data.copy_(embedding)
    hidden = network.body(images).double()
    sums = hidden.sum(dim=(2, 3))
    inner = torch.stack([embedding[y].double() @ row for y, row in zip(OF_EACH, sums, strict=True)])
    expected = plain(images).double() + inner
    torch.testing.assert_close(network(images, OF_EACH).double(), expected, rtol=1e-5, atol=1e-5)


def test_classes_are_wanted_of_a_conditional_network_alone():
    network = build_generator(16, 16, 3, model(8, 4), rng(), CLASSES)
    with pytest.raises(ValueError, match="3 classes needs the class of each"):
        network(torch.zeros(2, 8))
    with pytest.raises(ValueError, match="3 classes"):
        build_discriminator(16, 16, 3, model(8, 4), rng(), CLASSES)(torch.zeros(2, 3, 16, 16))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", NORMS)
def test_every_layout_and_norm_learns_of_classes(family, kind):
    made_of = model(8, 4, 4, family=family, norm_g=kind, noise_inputs=True)
    generator = build_generator(32, 32, 3, made_of, rng(), CLASSES)
    latents = torch.randn(6, 8, generator=rng(1))
    generator(latents, OF_EACH).square().sum().backward()
    tables = [m for m in generator.modules() if type(m).__name__ == "ClassAffine"]
    assert tables
    for table in tables:
        assert all(parameter.grad.abs().sum() > 0 for parameter in table.parameters())


def info(classes: Classes, known: dict | None = None) -> SnapshotInfo:
    made_of = model(8, 4, 4, conditional=bool(classes)).model_dump()
    known = known or dict(zip(classes.names, classes.images, strict=True))
    return SnapshotInfo("16", 16, 16, 3, made_of, 1, 2, 3, "ema", classes=known)


def test_networks_come_back_with_their_classes(tmp_path):
    generator = build_generator(16, 16, 3, model(8, 4, 4), rng(), CLASSES).eval()
    save_generator(tmp_path / "g", generator, info(CLASSES))
    assert read_info(tmp_path / "g") == info(CLASSES)
    loaded = load_generator(tmp_path / "g")
    assert loaded.classes == CLASSES
    latents = torch.randn(6, 8)
    torch.testing.assert_close(loaded(latents, OF_EACH), generator(latents, OF_EACH))
    discriminator = build_discriminator(16, 16, 3, model(8, 4, 4), rng(), CLASSES).eval()
    nn.init.normal_(discriminator.projection.weight)
    save_discriminator(tmp_path / "d", discriminator, info(CLASSES))
    images = torch.rand(6, 3, 16, 16)
    found = load_discriminator(tmp_path / "d")(images, OF_EACH)
    torch.testing.assert_close(found, discriminator(images, OF_EACH))


def test_the_header_of_an_unconditional_network_has_no_word_of_classes(tmp_path):
    save_generator(tmp_path / "g", build_generator(16, 16, 3, model(8, 4), rng()), info(Classes()))
    header = json.loads(read_header(tmp_path / "g").metadata[HEADER])
    assert "classes" not in header
    assert "conditional" not in header["model"]
    assert not load_generator(tmp_path / "g").classes


@pytest.mark.parametrize("classes", [{"cat": 3}, {"cat": 3, "dog": 0}, {"cat": 1, "dog": "two"}])
def test_classes_that_cannot_be_are_refused(tmp_path, classes):
    generator = build_generator(16, 16, 3, model(8, 4, 4), rng(), CLASSES)
    save_generator(tmp_path / "g", generator, info(CLASSES, classes))
    with pytest.raises(UserError, match="g: classes = "):
        load_generator(tmp_path / "g")
    save_generator(tmp_path / "g", generator, info(CLASSES, {"cat": 3, "dog": 4}))
    with pytest.raises(UserError, match=r"g: .* but its network has"):
        load_generator(tmp_path / "g")


@pytest.mark.parametrize("images", [(1, 1), (30, 20, 10), (997, 2, 1), tuple(range(1, 101))])
@pytest.mark.parametrize("start", [0, 777])
def test_numbered_samples_have_the_training_images_frequencies(images, start):
    classes = Classes(tuple(f"{place:03d}" for place in range(len(images))), images)
    numbers = range(start, start + 600)
    found = classes.numbered(numbers)
    shares = np.bincount(found, minlength=len(images)) / 600
    assert np.abs(shares - np.array(images) / sum(images)).max() < 0.006
    assert torch.equal(found[17:40], classes.numbered(numbers[17:40]))
    assert torch.equal(classes.first(5), classes.numbered([0, 1, 2, 3, 4]))


def test_picked_classes_go_evenly_from_first_to_last():
    classes = Classes(tuple("abcdefghij"), (1,) * 10)
    assert classes.picked(10) == list(range(10))
    assert classes.picked(4) == [0, 2, 5, 7]
    assert Classes(("a", "b"), (1, 1)).picked(5) == [0, 0, 0, 1, 1]
