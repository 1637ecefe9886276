"""A look at what the generator makes now: how different its images are from one another."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...nets import Discriminator, Generator
from ...nets.layers import noise_alike


@dataclass(frozen=True)
class Sight:
    """Diversity of generated images as a share of the real images' own.

    Attributes:
        images: in pixels; about 1 for a good generator, 0 where all images are the same.
        features: the same in the discriminator's last hidden activations.
    """

    images: float
    features: float

    @property
    def diversity(self) -> float:
        """The smaller of both."""
        return min(self.images, self.features)


def closeness(batch: Tensor) -> float:
    """The lower quartile of the distances between the batch's items, 0 or more.

    A quartile and not the mean, so that it also falls to 0 where the items are a few pictures
    repeated: k of them in equal shares leave one pair in k without a distance, the birthday
    test of Arora & Zhang 2017 (arXiv:1706.08224).

    Args:
        batch: N×…, N at least 2, on any device; NaN gives NaN.
    """
    # On the CPU in float32: not every accelerator has pairwise distances.
    return torch.pdist(batch.detach().float().cpu().flatten(1)).quantile(0.25).item()


def compare(fakes: Tensor, reals: Tensor, fake_features: Tensor, real_features: Tensor) -> Sight:
    """How diverse the fakes are for what the reals are.

    Args:
        fakes: images N×C×H×W, N at least 2.
        reals: images M×C×H×W, M at least 2, and equal to N for a fair share.
        fake_features: the discriminator's of the fakes, N×F.
        real_features: the discriminator's of the reals, M×F.
    """
    return Sight(_share(fakes, reals), _share(fake_features, real_features))


def _share(fakes: Tensor, reals: Tensor) -> float:
    mine, theirs = closeness(fakes), closeness(reals)
    if theirs == 0 and math.isfinite(mine):
        return 1.0  # Reals that do not differ are no measure: the benefit of the doubt.
    return mine / theirs if theirs else mine


@torch.no_grad()
def look_at(
    generator: Generator,
    discriminator: Discriminator,
    latents: Tensor,
    reals: Tensor,
    classes: Tensor | None = None,
) -> Sight:
    """Make images of fixed latents and compare them with fixed real ones.

    Both networks work in eval mode and come back in the mode they were in: no running statistic
    moves and no random number is drawn, so that a watched training has an unwatched one's bits. All
    fakes have the same noise inputs, which no latent chose.

    Args:
        generator: latents N×nz to images N×C×H×W.
        discriminator: whose last hidden activations are compared beside the images.
        latents: N×nz, always the same.
        reals: images N×C×H×W, always the same, on the networks' device.
        classes: of each latent, N, best the reals' own; None for unconditional networks.
    """
    networks: tuple[nn.Module, ...] = (generator, discriminator)
    modes = [network.training for network in networks]
    for network in networks:
        network.eval()
    with noise_alike(generator):
        fakes = generator(latents.to(reals.device), classes)
    sight = compare(fakes, reals, discriminator.features(fakes), discriminator.features(reals))
    for network, mode in zip(networks, modes, strict=True):
        network.train(mode)
    return sight
