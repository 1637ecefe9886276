"""Whatever a setting offers is in the table that carries it out, and the schema's rules agree."""

from typing import Literal, get_args, get_origin

import pytest

from dcgan_core.device.base import PRECISIONS
from dcgan_core.doctor import accept
from dcgan_core.errors import UserError
from dcgan_core.nets.families import FAMILIES
from dcgan_core.nets.init import INITIALISATIONS
from dcgan_core.nets.layers import ACTIVATIONS, NORMS
from dcgan_core.nets.upsample import FILTERS
from dcgan_core.params import Params
from dcgan_core.params.networks import ACROSS_BATCH
from dcgan_core.train.objective.losses import LOSSES
from dcgan_core.train.optim import OPTIMIZERS
from dcgan_core.train.schedule import SCHEDULES
from dcgan_core.train.stabilise.augment import AUGMENTATIONS
from dcgan_core.train.stabilise.discriminator_input import NOISE_KINDS
from dcgan_core.train.stabilise.early_stopping import CRITERIA
from dcgan_core.train.watch.rules import ACTIONS

SECTIONS = ("model", "train", "objective", "stabilise", "watch")

TABLES = {
    "model.family": set(FAMILIES),
    # A transposed convolution is the one way without a filter.
    "model.upsampling": {*FILTERS, "transposed"},
    "model.norm_g": set(NORMS),
    # Offered for the generator alone.
    "model.norm_d": set(NORMS) - {"renorm"},
    "model.activation_g": set(ACTIVATIONS),
    "model.activation_d": set(ACTIVATIONS),
    # "unit" belongs to model.equalized_lr and has no name of its own.
    "model.init": set(INITIALISATIONS) - {"unit"},
    "train.optimizer": set(OPTIMIZERS),
    "train.schedule": set(SCHEDULES),
    "train.precision": set(PRECISIONS),
    "objective.loss": set(LOSSES),
    "stabilise.noise_kind": set(NOISE_KINDS),
    "stabilise.augment": set(AUGMENTATIONS),
    "stabilise.stop_on": set(CRITERIA),
    "watch.action": set(ACTIONS),
}

SWITCHES = {
    "train.n_dis_batch": {"new", "same"},
    "train.fakes": {"reused", "fresh"},
    # What each means on a device is in train/execution/choice.py; on a CPU two of them are one.
    "train.execution": {"auto", "eager", "graph"},
    "train.loader": {"pack", "habana"},
    "objective.d_loss": {"sum", "mean"},
}
"""Settings that code compares with one value or two. A further value needs a table."""


def offered() -> dict[str, set[str]]:
    """Each setting of networks and training that is a choice, and what it offers."""
    return {
        f"{section}.{name}": set(get_args(field.annotation))
        for section in SECTIONS
        for name, field in Params.model_fields[section].annotation.model_fields.items()
        if get_origin(field.annotation) is Literal
    }


def test_every_choice_is_in_a_table_or_a_switch():
    assert offered() == {**TABLES, **SWITCHES}


def test_the_acceptance_check_tries_every_precision():
    assert set(accept.PRECISIONS) == set(PRECISIONS)


@pytest.fixture
def accepted(tiny):
    """A function from settings to whether the schema takes them."""

    def check(settings: dict) -> bool:
        try:
            tiny(settings)
        except UserError:
            return False
        return True

    return check


@pytest.mark.parametrize("loss", LOSSES)
def test_the_schema_lets_a_loss_have_what_its_entry_says(accepted, loss):
    entry = LOSSES[loss]
    allowed = {
        "relativistic": (True, entry.pairs is not None),
        "real_label": (0.9, entry.smoothed_labels),
        "label_flip": (0.1, entry.flipped_labels),
        "weight_clip": (0.01, entry.clips_weights),
    }
    plain = {"objective.loss": loss, "objective.relativistic": False}
    assert accepted(plain)
    for name, (value, fits) in allowed.items():
        assert accepted({**plain, f"objective.{name}": value}) is fits, name


def test_a_gradient_penalty_refuses_the_norms_that_look_across_the_batch(accepted):
    assert set(ACROSS_BATCH) == {name for name, norm in NORMS.items() if norm.across_batch}
    for name in TABLES["model.norm_d"]:
        settings = {"model.norm_d": name, "objective.gradient_penalty": 10}
        assert accepted(settings) is not NORMS[name].across_batch, name
