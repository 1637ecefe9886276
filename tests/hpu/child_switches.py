"""Settings other than the shipped ones on the emulated HPU, against the CPU."""

from emulated import answer, largest_difference, stepper, train

# So small that it does not matter where the bridge's optimiser adds it.
ALWAYS = {"train.eps": 1e-20}
CONDITIONAL = {"model.conditional": True, "download.source": "folder"}
SWITCHES = {
    "diffaugment": {"stabilise.augment": "diffaugment"},
    "ada": {"stabilise.augment": "ada"},
    "replay": {"stabilise.replay": 0.5},
    "flipped labels": {"objective.label_flip": 0.2, "objective.real_label": 0.9},
    "relativistic, R1 and R2": {
        "objective.relativistic": True,
        "objective.r2_gamma": 1,
        "objective.penalty_every": 1,
    },
    "wgan-gp": {
        "objective.loss": "wasserstein",
        "objective.gradient_penalty": 10,
        "model.norm_d": "layer",
    },
    "clipped critic": {
        "objective.loss": "wasserstein",
        "objective.weight_clip": 0.01,
        "train.optimizer": "rmsprop",
    },
    "feature matching": {"objective.feature_matching": 1, "train.optimizer": "adam"},
    "minibatch": {"model.minibatch_std": True, "model.minibatch_discrimination": 4},
    "equalized": {"model.equalized_lr": True, "model.norm_g": "pixel", "model.norm_d": "none"},
    "spectral": {"model.norm_d": "spectral", "model.norm_g": "instance"},
    "clipped gradients": {"train.clip_gradients": 1, "train.optimizer": "sgd"},
    "classes": {**CONDITIONAL, "stabilise.replay": 0.5},
    "classes, wgan-gp": {
        **CONDITIONAL,
        "objective.loss": "wasserstein",
        "objective.gradient_penalty": 10,
        "model.norm_d": "layer",
        "model.norm_g": "pixel",
    },
    "several updates": {"train.n_dis": 2, "train.fakes": "fresh", "model.upsampling": "transposed"},
}

answer(
    {
        name: largest_difference(
            train(stepper("cpu", {**ALWAYS, **settings}), 4),
            train(stepper("hpu", {**ALWAYS, **settings}), 4),
        )
        for name, settings in SWITCHES.items()
    }
)
