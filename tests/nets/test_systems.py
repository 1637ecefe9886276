"""The published systems' networks: parameter counts, layer shapes and the flowers oracle."""

import pytest
import torch
from nets.models import model
from torch import nn
from torch.nn.functional import binary_cross_entropy

from dcgan_core.nets import Discriminator, Generator


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("family", "size", "channels", "widths", "generator", "discriminator"),
    [
        ("tutorial", (64, 64), 3, (100, 64, 64), 3_576_704, 2_765_568),
        ("tutorial", (64, 64), 3, (256, 256, 64), 52_448_768, 2_765_568),
        ("tutorial", (64, 64), 1, (100, 64, 64), 3_574_656, 2_763_520),
        # auto is the same but for biases: of the image, D's first layer, the logit.
        ("auto", (64, 64), 3, (100, 64, 64), 3_576_704 + 3, 2_765_568 + 64 + 1),
        ("extra-block", (128, 128), 3, (128, 128, 32), 48_772_864, 2_796_928),
        ("auto", (128, 128), 3, (128, 128, 32), 48_772_864 + 3, 2_796_928 + 32 + 1),
        ("flowers", (32, 32), 3, (64, 32, 32), 952_096, 167_808),
        ("flowers", (32, 32), 1, (64, 32, 32), 951_520, 166_784),
        ("flowers", (32, 32), 3, (100, 64, 64), 3_575_360, 663_296),
        ("flowers", (32, 32), 3, (64, 4, 4), 43_748, 3_056),
        ("wide", (64, 64), 3, (100, 64, 64), 12_658_435, 2_765_633),
        ("wide", (64, 64), 3, (100, 32, 32), 3_576_707, 694_689),
        ("mnist", (28, 28), 1, (100, 64, 64), 759_680, 138_624),
    ],
)
def test_parameter_counts_are_the_published_ones(
    family, size, channels, widths, generator, discriminator
):
    made_of = model(*widths, family=family)
    with torch.device("meta"):
        assert count(Generator(*size, channels, made_of)) == generator
        assert count(Discriminator(*size, channels, made_of)) == discriminator


RECTANGULAR = model(100, 64, 64, family="rectangular", norm_g="batch", norm_d="none", dropout=0.3)


def convolutions(network: nn.Module, images: torch.Tensor) -> list[tuple[tuple, int]]:
    """(channels, height, width) after every convolution or linear layer, and its parameters."""
    found: list[tuple[tuple, int]] = []
    hooks = [
        module.register_forward_hook(
            lambda module, _, output: found.append((tuple(output.shape[1:]), count(module)))
        )
        for module in network.modules()
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear))
    ]
    network(images)
    for hook in hooks:
        hook.remove()
    return found


def test_the_rectangular_system_is_that_of_its_tables():
    generator = Generator(157, 128, 3, RECTANGULAR)
    discriminator = Discriminator(157, 128, 3, RECTANGULAR)
    assert (count(generator), count(discriminator)) == (9_516_672, 6_958_080)
    assert convolutions(generator, torch.randn(2, 100)) == [
        ((8192,), 827_392),
        ((512, 9, 8), 5_242_880),
        ((256, 19, 16), 2_621_440),
        ((128, 39, 32), 655_360),
        ((64, 79, 64), 163_840),
        ((3, 157, 128), 3_840),
    ]
    assert convolutions(discriminator, torch.randn(2, 3, 157, 128)) == [
        ((64, 78, 64), 3_072),
        ((128, 39, 32), 131_072),
        ((256, 19, 16), 524_288),
        ((512, 9, 8), 2_097_152),
        ((512, 4, 4), 4_194_304),
        ((1, 1, 1), 8_192),
    ]
    assert sum(isinstance(module, nn.Dropout) for module in discriminator.modules()) == 4
    assert not any(isinstance(module, nn.BatchNorm2d) for module in discriminator.modules())


def test_the_flowers_oracle_forward():
    torch.manual_seed(1000)
    latents, images = torch.randn(2, 4, 1, 1), torch.randn(2, 1, 32, 32)
    made_of = model(4, 1, 1, family="flowers")
    Generator(32, 32, 1, made_of)
    discriminator = Discriminator(32, 32, 1, made_of)
    published = torch.tensor([0.33339936, 0.47757638])
    assert latents.shape == (2, 4, 1, 1)
    torch.testing.assert_close(discriminator(images).sigmoid(), published, atol=1e-6, rtol=0)


def test_the_flowers_oracle_step():
    torch.manual_seed(1111)
    latents = torch.randn(2, 8, 1, 1)
    made_of = model(8, 1, 1, family="flowers")
    generator = Generator(32, 32, 3, made_of)
    images = torch.randn(2, 3, 32, 32)
    discriminator = Discriminator(32, 32, 3, made_of)
    sgd_d = torch.optim.SGD(discriminator.parameters(), lr=2e-4)
    ones, zeros = torch.ones(2), torch.zeros(2)
    real = discriminator(images).sigmoid()
    loss_real = binary_cross_entropy(real, ones)
    loss_real.backward()
    fakes = generator(latents)
    fake = discriminator(fakes.detach()).sigmoid()
    loss_fake = binary_cross_entropy(fake, zeros)
    loss_fake.backward()
    sgd_d.step()
    again = discriminator(fakes).sigmoid()
    loss_g = binary_cross_entropy(again, ones)
    measured = [loss_real, real.mean(), loss_fake, fake.mean(), loss_g, again.mean()]
    published = [0.55133474, 0.57652485, 0.54370314, 0.41870588, 0.87646306, 0.41724223]
    torch.testing.assert_close(
        torch.stack(measured).detach(), torch.tensor(published), atol=1e-6, rtol=0
    )
