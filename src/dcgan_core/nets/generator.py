"""The DCGAN generator for any image size."""

from itertools import pairwise

from torch import Tensor, nn

from ..params import Model
from .classes import NONE, Classes
from .conditional import checked, class_norm, through
from .families import FAMILIES, Doubling, doublings
from .layers import ACTIVATIONS, NORMS, NoiseInput
from .upsample import ResizeConv2d


class Generator(nn.Module):
    """Latents N×nz (or N×nz×1×1) to images N×C×H×W in [-1,1].

    The base, doublings, each with norm and activation, and tanh (Radford et al. 2015); what a
    family changes is told in :class:`~.families.Family`. With classes, every hidden map that has
    a norm, or would have one, gets a gain and a bias of its image's class there.

    Args:
        model: latent length, ngf, family, upsampling, noise inputs, norm and activation.
        classes: those of a conditional generator, which is called with the class of each latent.

    Attributes:
        latent_length: nz.
        height, width, channels: of the images made.
    """

    def __init__(
        self, height: int, width: int, channels: int, model: Model, classes: Classes = NONE
    ):
        super().__init__()
        self.height, self.width, self.channels = height, width, channels
        self.latent_length, self.model, self.classes = model.latent, model, classes
        family = FAMILIES[model.family]
        shape = family.chain(height, width)
        multipliers = shape.multipliers
        if family.final_convolution:
            # As many doublings, one more width: the last makes features, not the image.
            multipliers = (2 * multipliers[0], *multipliers)
        features = [model.ngf * family.widening * multiplier for multiplier in multipliers]
        constant = family.constant_kernels and model.upsampling == "transposed"
        steps = doublings(shape.sizes, constant)
        shifts = NORMS[model.norm_g].shifts or len(classes) > 0
        hidden_bias = family.biases and not shifts
        self.base = self._base(features[0], shape.base, family.linear, hidden_bias)
        layers: list[nn.Module] = []
        for (before, after), step in zip(pairwise(features), steps, strict=False):
            layers.append(self._doubling(before, after, step, hidden_bias))
            if model.noise_inputs:
                layers.append(NoiseInput(after, *step.target))
            layers += self._after(after)
        layers.append(
            nn.Conv2d(features[-1], channels, 3, 1, 1, bias=family.biases)
            if family.final_convolution
            else self._doubling(features[-1], channels, steps[-1], family.biases)
        )
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def _after(self, features: int) -> list[nn.Module]:
        norm, activation = NORMS[self.model.norm_g], ACTIVATIONS[self.model.activation_g]
        if self.classes:
            return [*class_norm(norm, features, len(self.classes)), activation()]
        return [*norm.layers(features), activation()]

    def _base(
        self, features: int, base: tuple[int, int], linear: bool, bias: bool
    ) -> nn.Sequential:
        if linear:
            return nn.Sequential(
                nn.Linear(self.latent_length, features * base[0] * base[1]),
                nn.Unflatten(1, (features, *base)),
            )
        return nn.Sequential(
            nn.Unflatten(1, (self.latent_length, 1, 1)),
            nn.ConvTranspose2d(self.latent_length, features, base, 1, 0, bias=bias),
            *self._after(features),
        )

    def _doubling(self, before: int, after: int, step: Doubling, bias: bool) -> nn.Module:
        doubling = self.model.upsampling
        if doubling == "transposed":
            return nn.ConvTranspose2d(before, after, step.kernel, 2, step.padding, bias=bias)
        return ResizeConv2d(before, after, step.target, doubling, bias)

    def forward(self, latents: Tensor, classes: Tensor | None = None) -> Tensor:
        latents = latents.flatten(1)
        known = checked(len(self.classes), classes) if self.classes else None
        return through(self.layers, through(self.base, latents, latents, known), latents, known)
