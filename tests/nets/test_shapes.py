"""One formula, any size: the published counts, and exact shapes elsewhere."""

from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nets.models import model
from settings import ROOT

from dcgan_core.nets import Generator, build_networks
from dcgan_core.nets.shapes import chain
from dcgan_core.nets.upsample import ResizeConv2d
from dcgan_core.params import Model, load_params

SHIPPED = load_params(ROOT / "params.yaml")


def test_157_is_the_height():
    images = Generator(157, 128, 3, model(8, 2))(torch.randn(2, 8))
    assert images.shape == (2, 3, 157, 128)


def offered(name: str) -> st.SearchStrategy[str]:
    """Every choice of a setting of the networks."""
    return st.sampled_from(get_args(Model.model_fields[name].annotation))


MODELS = st.fixed_dictionaries(
    {
        "family": offered("family"),
        "upsampling": offered("upsampling"),
        "noise_inputs": st.booleans(),
        "norm_g": offered("norm_g"),
        "norm_d": offered("norm_d"),
        "activation_g": offered("activation_g"),
        "activation_d": offered("activation_d"),
        "dropout": st.sampled_from([0, 0.3]),
        "minibatch_std": st.booleans(),
        "minibatch_discrimination": st.sampled_from([0, 3]),
        "equalized_lr": st.booleans(),
        "init": offered("init"),
    }
)


def watch_sizes(network, found: list[int]) -> None:
    """Have every map's shorter side added to ``found``."""
    for module in network.modules():
        module.register_forward_hook(
            lambda _, __, output: found.extend(output.shape[2:]) if output.ndim == 4 else None
        )


@settings(max_examples=200, deadline=None)
@given(st.integers(16, 300), st.integers(16, 300), st.sampled_from([1, 3]), MODELS)
def test_any_size_is_met_exactly_and_trains(height, width, channels, changes):
    # Equalised learning rates and spectral norm both own the weight: never asked for together.
    changes["equalized_lr"] &= not any("spectral" in changes[k] for k in ("norm_g", "norm_d"))
    resize = SHIPPED.resize.model_copy(update={"channels": channels})
    params = SHIPPED.model_copy(update={"model": model(4, 1, 1, **changes), "resize": resize})
    rng = torch.Generator().manual_seed(height)
    generator, discriminator = build_networks(params, (height, width), rng)
    sides: list[int] = []
    watch_sizes(generator, sides)
    watch_sizes(discriminator, sides)
    images = generator(torch.randn(3, 4))
    assert images.shape == (3, channels, height, width)
    logits = discriminator(images)
    assert logits.shape == (3,)
    assert min(sides) >= 1
    logits.sum().backward()
    gradients = [p.grad for p in [*generator.parameters(), *discriminator.parameters()]]
    assert all(g is not None and g.isfinite().all() for g in gradients)
    if changes["family"] == "auto":
        assert 4 <= min(chain(height, width).base) <= 7


def test_latents_may_be_flat_or_maps():
    generator = Generator(16, 16, 3, model(4, 2)).eval()
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
            if isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d, ResizeConv2d)):
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.12)
            if isinstance(module, torch.nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1.0, abs=0.02)
                assert module.bias.abs().max() == 0


def test_too_small_an_image_is_refused():
    with pytest.raises(ValueError, match="7x64"):
        chain(7, 64)
