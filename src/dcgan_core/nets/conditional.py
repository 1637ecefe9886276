"""What tells the networks an image's class."""

import torch
from torch import Tensor, nn

from .layers import NORM_LAYERS, NoiseInput, Norm


class _OneOfEach(nn.Module):
    """Keeps a row of numbers for each class.

    Rows are taken by a product with ones and zeros, which gives the same gradient on every run;
    looking them up adds it up in an order that a compiler may leave open.

    Attributes:
        numbers: 0 to K − 1, as float32.
    """

    numbers: Tensor

    def __init__(self, classes: int):
        super().__init__()
        self.register_buffer("numbers", torch.arange(float(classes)), persistent=False)

    def rows(self, table: Tensor, classes: Tensor) -> Tensor:
        """K×C and N classes to the classes' rows, N×C."""
        # With what the networks use anyway, and so no operation that a device might lack.
        apart = classes[:, None].to(self.numbers) - self.numbers
        return (1 - apart * apart).clamp(min=0).to(table.dtype) @ table


class ClassAffine(_OneOfEach):
    """Multiply each channel by a gain and add a bias, both of the image's class.

    After a norm without either, it is conditional normalisation (Dumoulin et al. 2017,
    arXiv:1610.07629); without a norm, FiLM (Perez et al. 2018, arXiv:1709.07871).

    Attributes:
        weight: gains K×C, 1 at first.
        bias: K×C, 0 at first.
    """

    def __init__(self, channels: int, classes: int):
        super().__init__(classes)
        self.weight = nn.Parameter(torch.ones(classes, channels))
        self.bias = nn.Parameter(torch.zeros(classes, channels))

    def forward(self, maps: Tensor, classes: Tensor) -> Tensor:
        gain = self.rows(self.weight, classes)[:, :, None, None].to(maps.dtype)
        bias = self.rows(self.bias, classes)[:, :, None, None].to(maps.dtype)
        return maps * gain + bias


class Projection(_OneOfEach):
    """The class's part of a logit: ⟨v_y, Σ φ(x)⟩ (Miyato & Koyama 2018, arXiv:1802.05637).

    Σ φ(x) are the last hidden maps, summed over positions.

    Attributes:
        weight: v, K×C, 0 at first, so that training begins as an unconditional one does.
    """

    def __init__(self, channels: int, classes: int):
        super().__init__(classes)
        self.weight = nn.Parameter(torch.zeros(classes, channels))

    def forward(self, maps: Tensor, classes: Tensor) -> Tensor:
        precise = maps.to(torch.promote_types(maps.dtype, torch.float32))
        return (precise.sum(dim=(2, 3)) * self.rows(self.weight, classes)).sum(dim=1)


def class_norm(norm: Norm, channels: int, classes: int) -> list[nn.Module]:
    """The norm's layers, with a gain and a bias of each class in place of its own."""
    layers = norm.layers(channels)
    for layer in layers:
        if isinstance(layer, NORM_LAYERS):
            layer.affine = False
            layer.register_parameter("weight", None)
            layer.register_parameter("bias", None)
    return [*layers, ClassAffine(channels, classes)]


def through(layers: nn.Sequential, maps: Tensor, latents: Tensor, classes: Tensor | None) -> Tensor:
    """Maps after all layers, of which those that ask for latents or classes are given them."""
    for layer in layers:
        if isinstance(layer, NoiseInput):
            maps = layer(maps, latents)
        elif isinstance(layer, ClassAffine):
            maps = layer(maps, classes)
        else:
            maps = layer(maps)
    return maps


def checked(count: int, classes: Tensor | None) -> Tensor:
    """The classes that a conditional network was called with.

    Raises:
        ValueError: there are none.
    """
    if classes is None:
        raise ValueError(f"a network of {count} classes needs the class of each image")
    return classes
