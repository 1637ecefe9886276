"""One formula, any size: the published counts, and exact shapes elsewhere."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan_core.nets import Discriminator, Generator, build_networks
from dcgan_core.nets.shapes import chain
from dcgan_core.nets.upsample import BilinearConv2d


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("side", "nz", "ngf", "ndf", "channels", "generator", "discriminator"),
    [
        (64, 100, 64, 64, 3, 3_576_704, 2_765_568),
        (64, 256, 256, 64, 3, 52_448_768, 2_765_568),
        (64, 100, 64, 64, 1, 3_574_656, 2_763_520),
        (128, 128, 128, 32, 3, 48_772_864, 2_796_928),
    ],
)
def test_parameter_counts_are_the_published_ones(
    side, nz, ngf, ndf, channels, generator, discriminator
):
    with torch.device("meta"):
        assert count(Generator(side, side, channels, nz, ngf)) == generator
        assert count(Discriminator(side, side, channels, ndf)) == discriminator


def test_157_is_the_height():
    images = Generator(157, 128, 3, 8, 2)(torch.randn(2, 8))
    assert images.shape == (2, 3, 157, 128)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(16, 300),
    st.integers(16, 300),
    st.sampled_from([1, 3]),
    st.sampled_from(["transposed", "bilinear"]),
)
def test_any_size_is_met_exactly_and_trains(height, width, channels, upsampling):
    generator = Generator(height, width, channels, 4, 1, upsampling)
    discriminator = Discriminator(height, width, channels, 1)
    images = generator(torch.randn(2, 4))
    assert images.shape == (2, channels, height, width)
    logits = discriminator(images)
    assert logits.shape == (2,)
    logits.sum().backward()
    gradients = [p.grad for p in [*generator.parameters(), *discriminator.parameters()]]
    assert all(g is not None and g.isfinite().all() for g in gradients)
    assert 4 <= min(chain(height, width).base) <= 7


def test_latents_may_be_flat_or_maps():
    generator = Generator(16, 16, 3, 4, 2).eval()
    latents = torch.randn(3, 4)
    assert torch.equal(generator(latents), generator(latents.view(3, 4, 1, 1)))


def test_initial_weights_follow_the_paper_and_the_seed(tiny):
    params = tiny({"model.ngf": 32, "model.ndf": 32, "model.latent": 100})
    torch.manual_seed(1)
    generator, discriminator = build_networks(params, "64")
    torch.manual_seed(2)
    again, _ = build_networks(params, (64, 64))
    for mine, other in zip(generator.parameters(), again.parameters(), strict=True):
        assert torch.equal(mine, other)
    for network in (generator, discriminator):
        for module in network.modules():
            if isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d, BilinearConv2d)):
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.12)
            if isinstance(module, torch.nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1.0, abs=0.02)
                assert module.bias.abs().max() == 0


def test_too_small_an_image_is_refused():
    with pytest.raises(ValueError, match="7x64"):
        chain(7, 64)
