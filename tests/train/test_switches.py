"""Every switch, for a few real steps: it trains, it changes something, and it resumes exactly."""

import copy

import pytest
import torch
from train.steppers import make_stepper, reals

from dcgan_core.nets import layers
from dcgan_core.train.stabilise import augment

SWITCHES = {
    "fine": {"model.family": "fine"},
    "tutorial": {"model.family": "tutorial"},
    "extra-block": {"model.family": "extra-block", "sizes": ["32"]},
    "rectangular": {"model.family": "rectangular"},
    "wide": {"model.family": "wide"},
    "flowers": {"model.family": "flowers"},
    "mnist": {"model.family": "mnist"},
    "transposed": {"model.upsampling": "transposed"},
    "bilinear": {"model.upsampling": "bilinear"},
    "no noise inputs": {"model.noise_inputs": False},
    "renorm": {"model.norm_g": "renorm"},
    "layer norm": {"model.norm_g": "layer", "model.norm_d": "layer"},
    "instance norm": {"model.norm_g": "instance", "model.norm_d": "instance"},
    "pixel norm": {"model.norm_g": "pixel", "model.norm_d": "pixel"},
    "spectral norm": {"model.norm_g": "spectral", "model.norm_d": "spectral"},
    "both norms": {"model.norm_g": "spectral+batch", "model.norm_d": "spectral+batch"},
    "no norm": {"model.norm_g": "none", "model.norm_d": "none"},
    "selu": {"model.activation_g": "selu", "model.activation_d": "selu"},
    "relu": {"model.activation_g": "leaky_relu", "model.activation_d": "relu"},
    "dropout": {"model.dropout": 0.3, "sizes": ["32"]},
    "minibatch std": {"model.minibatch_std": True},
    "minibatch discrimination": {"model.minibatch_discrimination": 4},
    "equalised": {"model.equalized_lr": True},
    "kaiming": {"model.init": "kaiming"},
    "orthogonal": {"model.init": "orthogonal"},
    "default init": {"model.init": "default"},
    "adam": {"train.optimizer": "adam"},
    "sgd": {"train.optimizer": "sgd", "train.lr": 0.01},
    "rmsprop": {"train.optimizer": "rmsprop"},
    "ttur": {"train.ttur": 4},
    "clipped gradients": {"train.clip_gradients": 0.01},
    "same batch": {"train.n_dis": 2, "train.n_dis_batch": "same"},
    "new batch": {"train.n_dis": 2},
    "fresh fakes": {"train.fakes": "fresh"},
    "no average": {"train.ema_decay": 0},
    "bf16": {"train.precision": "bf16"},
    "minimax": {"objective.loss": "minimax"},
    "lsgan": {"objective.loss": "lsgan"},
    "hinge": {"objective.loss": "hinge"},
    "clamped": {"objective.loss": "wasserstein", "objective.weight_clip": 0.01},
    "wgan-gp": {
        "objective.loss": "wasserstein",
        "objective.gradient_penalty": 10,
        "model.norm_d": "layer",
    },
    "r1": {"objective.r1_gamma": 1, "objective.penalty_every": 2},
    "r1 and r2": {"objective.r1_gamma": 1, "objective.r2_gamma": 1, "objective.penalty_every": 1},
    "relativistic": {"objective.relativistic": True},
    "relativistic hinge": {"objective.relativistic": True, "objective.loss": "hinge"},
    "mean loss": {"objective.d_loss": "mean"},
    "smoothing": {"objective.real_label": 0.9},
    "flips": {"objective.label_flip": 0.2},
    "feature matching": {"objective.feature_matching": 1},
    "noise": {"stabilise.noise": 0.2},
    "proportional noise": {"stabilise.noise": 0.2, "stabilise.noise_kind": "proportional"},
    "diffaugment": {"stabilise.augment": "diffaugment"},
    "ada": {"stabilise.augment": "ada", "stabilise.ada_target": 0.01},
    "replay": {"stabilise.replay": 0.5},
}

# What a switch is compared with, where the shipped settings differ from it in more than the switch.
BASES = {
    "layer norm": {"model.norm_g": "layer"},
    "instance norm": {"model.norm_d": "instance"},
    "pixel norm": {"model.norm_g": "pixel"},
    "spectral norm": {"model.norm_d": "spectral"},
    "both norms": {"model.norm_g": "spectral+batch"},
    "no norm": {"model.norm_d": "none"},
    "selu": {"model.activation_g": "selu"},
    "relu": {"model.activation_d": "relu"},
    "dropout": {"sizes": ["32"]},
    "extra-block": {"sizes": ["32"]},
    "sgd": {"train.lr": 0.01},
    "same batch": {"train.n_dis": 2},
    "clamped": {"objective.loss": "wasserstein"},
    "wgan-gp": {"objective.loss": "wasserstein", "model.norm_d": "layer"},
    "r1 and r2": {"objective.r1_gamma": 1, "objective.penalty_every": 1},
    # Not with hinge: within its margin the relativistic one has the plain one's gradients.
    "relativistic hinge": {"objective.relativistic": True},
    "proportional noise": {"stabilise.noise": 0.2},
}

# The average follows the generator and never acts on it.
SAME_WEIGHTS = ("no average",)


def run(stepper, steps, side):
    losses = []
    for step in range(stepper.steps, stepper.steps + steps):
        batches = (reals(3 * step + k, side=side) for k in range(3))
        record = stepper.step(lambda batches=batches: next(batches))
        losses.append([value.item() for value in record.statistics().values()])
    return losses


def weights(network) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_trains_changes_the_outcome_and_resumes_exactly(tiny, name, monkeypatch):
    # ADA's probability would stay at 0 for more steps than are made here.
    monkeypatch.setattr(augment, "ADA_IMAGES", 64)
    # Nor would batch renormalisation leave batch norm.
    monkeypatch.setattr(layers, "RENORM_BATCHES", (0, 1))
    # A penalty on one update in eight would show in the first step alone.
    common = {"train.lr": 0.002, "objective.r1_gamma": 0}
    params = tiny({**common, **SWITCHES[name]})
    size = params.sizes[0]
    stepper = make_stepper(params, size)
    before = weights(stepper.generator)
    losses = run(stepper, 3, int(size))
    assert torch.tensor(losses).isfinite().all()
    assert not torch.equal(weights(stepper.generator), before)

    state = copy.deepcopy(stepper.state_dict())
    expected = run(stepper, 3, int(size))
    other = make_stepper(params, size, seed=5)
    other.load_state_dict(state)
    torch.manual_seed(12345)
    assert run(other, 3, int(size)) == expected
    assert torch.equal(weights(other.generator), weights(stepper.generator))

    plain = make_stepper(tiny({**common, **BASES.get(name, {})}), size)
    run(plain, 6, int(size))
    same = torch.equal(weights(plain.generator), weights(stepper.generator))
    assert same == (name in SAME_WEIGHTS)
    assert not torch.equal(weights(plain.ema.shadow), weights(stepper.ema.shadow))
