"""How long a training will take on this machine, from a few of its steps."""

from __future__ import annotations

from ..doctor.trial import Trial, run_apart
from ..params import Params
from ..progress import progress
from ..train.position import Position

WARM_UP = 4
LEAST_STEPS = 12


def steps_per_second(params: Params, device: str) -> float:
    """The speed at the first size, on drawn images, in a process of its own.

    Args:
        params: all settings.
        device: by its name in the profiles.

    Raises:
        UserError: this machine has no such device, or the training died.
    """
    # Whole rounds of the penalties, which are dear and come only now and then.
    every = params.objective.penalty_every
    timed = -(-LEAST_STEPS // every) * every if every <= LEAST_STEPS else LEAST_STEPS
    steps = WARM_UP + timed
    trial = Trial(device, params.train.precision, steps, params.sizes[0], WARM_UP)
    with progress("measure", steps, "steps") as bar:
        record = run_apart(trial, params, bar.advance)
    return record["img_per_s"] / params.train.batch_size


def training_steps(params: Params, images: int) -> int:
    """Steps of the whole training at one size.

    Args:
        params: all settings.
        images: of the training split.

    Raises:
        UserError: they are too few for one step.
    """
    return Position(images // params.train.batch_size, params.train).total
