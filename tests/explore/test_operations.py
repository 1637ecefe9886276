"""A generator's operations, by definitions of their own, give what PyTorch gives."""

import numpy as np
import pytest
import torch
from explore.generators import CASES, made
from explore.reference import run
from torch import nn

from dcgan_core.explore.operations import operations
from dcgan_core.params.networks import Model


@pytest.mark.parametrize("name", CASES)
def test_they_are_the_generator(name):
    generator = made(CASES[name]).double()
    latents = torch.randn(2, generator.latent_length, dtype=torch.float64)
    classes = torch.tensor([0, 2]) if generator.classes else None
    with torch.no_grad():
        images = generator(latents, classes).permute(0, 2, 3, 1).numpy()
    steps = operations(generator)
    for image, latent, of in zip(images, latents.numpy(), (0, 2), strict=True):
        # Buffers such as a fold are float32 until they are made double.
        np.testing.assert_allclose(run(steps, latent, of), image, atol=1e-6)
    assert images.std() > 0.02


def test_the_cases_have_every_choice_of_a_generator():
    for setting in ("family", "upsampling", "norm_g", "activation_g"):
        plain = {"family": "auto", "upsampling": "transposed", "norm_g": "batch"}
        seen = {case.model.get(setting, plain.get(setting, "relu")) for case in CASES.values()}
        assert seen == set(Model.model_fields[setting].annotation.__args__)


def test_batch_norms_cost_nothing():
    kinds = [step.kind for step in operations(made(CASES["as shipped"]))]
    assert kinds == ["linear", "relu", *["conv", "noise", "relu"] * 2, "conv", "tanh"]


def test_a_generator_in_train_mode_is_refused():
    with pytest.raises(ValueError, match="eval mode"):
        operations(made(CASES["as shipped"]).train())


def test_a_layer_of_others_is_refused():
    generator = made(CASES["as shipped"])
    generator.layers.append(nn.Softplus())
    with pytest.raises(TypeError, match="Softplus"):
        operations(generator)
