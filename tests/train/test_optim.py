"""Each optimiser setting reaches the optimiser that it is for."""

import pytest
import torch

from dcgan_core.device import resolve
from dcgan_core.train.optim import OPTIMIZERS, build_optimizer

SETTINGS = {"beta1": 0.3, "beta2": 0.9, "eps": 1e-6, "weight_decay": 0.02}
ADAM = {"lr": 0.004, "betas": (0.3, 0.9), "eps": 1e-6, "weight_decay": 0.02, "amsgrad": False}
EXPECTED = {
    "adamw": (torch.optim.AdamW, ADAM),
    "adam": (torch.optim.Adam, ADAM),
    "sgd": (
        torch.optim.SGD,
        {"lr": 0.004, "momentum": 0.3, "weight_decay": 0.02, "dampening": 0, "nesterov": False},
    ),
    "rmsprop": (
        torch.optim.RMSprop,
        {
            "lr": 0.004,
            "alpha": 0.9,
            "eps": 1e-6,
            "momentum": 0.3,
            "weight_decay": 0.02,
            "centered": False,
        },
    ),
}


def test_every_optimiser_is_expected_here():
    assert set(EXPECTED) == set(OPTIMIZERS)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_optimiser_gets_its_settings(tiny, name):
    changes = {"train.optimizer": name, **{f"train.{key}": SETTINGS[key] for key in SETTINGS}}
    parameters = [torch.nn.Parameter(torch.ones(2))]
    optimizer = build_optimizer(resolve("cpu"), parameters, tiny(changes).train, lr=0.004)
    kind, expected = EXPECTED[name]
    assert type(optimizer) is kind
    (group,) = optimizer.param_groups
    assert {key: group[key] for key in expected} == expected
    assert group["params"] == parameters
