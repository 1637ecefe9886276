"""Initial weights against their published scales, also underneath spectral norm."""

import math

import pytest
import torch
from settings import ROOT
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from dcgan_core.nets import Discriminator, build_networks
from dcgan_core.nets.init import initialise
from dcgan_core.params import load_params

LAYERS = {
    "convolution": lambda: nn.Conv2d(64, 128, 4),
    "transposed": lambda: nn.ConvTranspose2d(128, 64, 4),
    "linear": lambda: nn.Linear(1024, 128),
}


@pytest.fixture(params=LAYERS)
def drawn(request):
    """A function from the kind of initialisation to a layer's weights, outputs × fan-in."""

    def draw(kind: str) -> torch.Tensor:
        layer = LAYERS[request.param]()
        initialise(layer, torch.Generator().manual_seed(0), kind)
        assert not layer.bias.any()
        return layer.weight.detach().flatten(1)

    return draw


def test_kaiming_keeps_the_variance_through_a_leaky_relu(drawn):
    weights = drawn("kaiming")
    fan_in = weights.shape[1]
    assert weights.std().item() == pytest.approx(math.sqrt(2 / (1.04 * fan_in)), rel=0.01)


def test_orthogonal_rows_are_orthonormal(drawn):
    weights = drawn("orthogonal")
    torch.testing.assert_close(weights @ weights.T, torch.eye(len(weights)), atol=1e-5, rtol=0)


def test_default_is_uniform_within_the_bound_of_fan_in(drawn):
    weights = drawn("default")
    bound = weights.shape[1] ** -0.5
    assert 0.99 * bound < weights.abs().max().item() <= bound
    assert weights.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.01)


def normalised(discriminator: Discriminator) -> list[nn.Conv2d]:
    """The layers that spectral norm is on: all but the head."""
    layers = [layer for layer in discriminator.modules() if is_parametrized(layer, "weight")]
    convolutions = sum(isinstance(layer, nn.Conv2d) for layer in discriminator.body)
    assert len(layers) == convolutions > 2
    return layers


def test_a_spectral_discriminator_keeps_its_initial_weights_and_bounds_every_layer(tiny):
    _, discriminator = build_networks(tiny({"model.norm_d": "spectral", "model.ndf": 32}), "32")
    with torch.no_grad():
        for _ in range(30):
            discriminator(torch.randn(2, 3, 32, 32))
    for layer in normalised(discriminator):
        original = layer.parametrizations.weight.original
        assert original.std().item() == pytest.approx(0.02, rel=0.05)
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
        assert largest.item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("recipe", ["rect-157x128", "rect-157x128-asrun"])
def test_the_rectangular_recipes_differ_in_the_weights_under_spectral_norm(recipe):
    params = load_params(ROOT / "params.yaml", recipe=recipe)
    _, discriminator = build_networks(params, params.sizes[0])
    for layer in normalised(discriminator):
        original = layer.parametrizations.weight.original
        own_default = (3 * original[0].numel()) ** -0.5
        wanted = own_default if recipe.endswith("asrun") else 0.02
        assert original.std().item() == pytest.approx(wanted, rel=0.05)
        assert own_default != pytest.approx(0.02, rel=0.08)
