"""Settings of the two networks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .fields import Real, Section, Whole

ACROSS_BATCH = ("batch", "renorm", "spectral+batch")
"""Norms that let an image's values depend on the other images of its batch."""


class Model(Section):
    """What the two networks are made of."""

    family: Literal[
        "auto", "fine", "tutorial", "extra-block", "rectangular", "wide", "flowers", "mnist"
    ]
    """Layout: auto halves until the shorter side is 4 to 7; fine is auto with a convolution at
    full size at the generator's end; the others are published systems'."""
    latent: Annotated[Whole, Field(ge=1, le=4096)]
    """Length of the latent vector z."""
    ngf: Annotated[Whole, Field(ge=1, le=1024)]
    """Generator width: channels of its last hidden layer."""
    ndf: Annotated[Whole, Field(ge=1, le=1024)]
    """Discriminator width: channels of its first layer."""
    upsampling: Literal["bilinear", "nearest", "transposed"]
    """How the generator doubles sides: smoothly, in even steps, or as the DCGAN paper does."""
    noise_inputs: bool
    """Feed the generator's hidden maps noise, for texture (Karras et al. 2019)."""
    conditional: bool
    """Give both networks each image's class (Miyato & Koyama 2018); needs images with labels."""
    norm_g: Literal[
        "batch", "renorm", "layer", "instance", "pixel", "spectral", "spectral+batch", "none"
    ]
    """Normalisation in the generator; renorm is batch norm for small batches (Ioffe 2017)."""
    norm_d: Literal["batch", "layer", "instance", "pixel", "spectral", "spectral+batch", "none"]
    """Normalisation in the discriminator."""
    activation_g: Literal["relu", "leaky_relu", "selu"]
    """Activation in the generator."""
    activation_d: Literal["relu", "leaky_relu", "selu"]
    """Activation in the discriminator; leaky_relu has slope 0.2."""
    dropout: Annotated[Real, Field(ge=0, lt=1)]
    """Share of the discriminator's activations dropped after every block but the last."""
    minibatch_std: bool
    """Show the discriminator how much its batch varies (Karras et al. 2018)."""
    minibatch_discrimination: Annotated[Whole, Field(ge=0, le=1000)]
    """Kernels that compare the batch's images (Salimans et al. 2016); 0 turns it off."""
    equalized_lr: bool
    """Weights N(0, 1), scaled when used (Karras et al. 2018); replaces ``init``."""
    init: Literal["normal", "kaiming", "orthogonal", "default"]
    """Initial weights; normal is N(0, 0.02), default is PyTorch's own."""
