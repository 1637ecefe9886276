"""Doubling without a grid against the same thing done step by step, and what it is for."""

import pytest
import torch
import torch.nn.functional as F

from dcgan_core.nets import Generator, build_networks
from dcgan_core.nets.upsample import ResizeConv2d


@pytest.mark.parametrize("target", [(10, 8), (11, 8), (10, 9), (11, 9)])
def test_bilinear_equals_interpolation_then_convolution(target):
    layer = ResizeConv2d(3, 2, target, "bilinear")
    maps = torch.randn(2, 3, 5, 4)
    doubled = F.interpolate(
        F.pad(maps, (1, 1, 1, 1), mode="replicate"),
        size=(2 * 5 + 3, 2 * 4 + 3),
        mode="bilinear",
        align_corners=True,
    )
    # A transposed convolution's kernel is a convolution's, turned round.
    expected = F.conv2d(doubled, layer.weight.transpose(0, 1).flip(2, 3))
    expected = expected[:, :, 11 - target[0] :, 9 - target[1] :]
    assert expected.shape[2:] == target
    torch.testing.assert_close(layer(maps), expected)


@pytest.mark.parametrize("target", [(10, 8), (11, 8), (10, 9), (11, 9)])
def test_nearest_equals_repetition_then_convolution(target):
    layer = ResizeConv2d(3, 2, target, "nearest", bias=True)
    torch.nn.init.normal_(layer.bias)
    maps = torch.randn(2, 3, 5, 4)
    doubled = maps.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    # One more of the last for an odd side, and one pixel all round.
    odd = [side % 2 for side in target]
    doubled = F.pad(doubled, (1, 1 + odd[1], 1, 1 + odd[0]), mode="replicate")
    expected = F.conv2d(doubled, layer.weight.transpose(0, 1).flip(2, 3), layer.bias)
    assert expected.shape[2:] == target
    torch.testing.assert_close(layer(maps), expected)


def roughness(generator: Generator) -> float:
    """Share of an even field's image that alternates from pixel to pixel, away from edges."""
    images = generator.layers[-2](torch.rand(1, generator.model.ngf, 1, 1).expand(-1, -1, 16, 16))
    inner = images[..., 6:-6, 6:-6]
    return ((inner[..., 1:] - inner[..., :-1]).abs().mean() / inner.abs().mean()).item()


def test_an_even_field_stays_even(tiny):
    def drawn_with(upsampling):
        params = tiny({"model.ngf": 16, "model.upsampling": upsampling})
        return roughness(build_networks(params, "32")[0])

    assert drawn_with("bilinear") < 1e-5
    assert drawn_with("nearest") < 1e-5
    assert drawn_with("transposed") > 0.1
