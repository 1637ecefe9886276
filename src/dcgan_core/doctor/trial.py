"""One short training on one device, in a process of its own, from nothing but seeds."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import UserError
from ..params import Params

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.batches import RealBatches
    from ..train.step import Stepper

READ_EVERY = 10
"""Steps between two reads of the losses, as the shipped ``train.log_every``: a read waits for the
device, so one at every step would be part of the measured speed."""
WARM_UP = 50
"""Steps before the clock starts, where a trial names no other number, for compilers and for
libraries that try their algorithms."""
IMAGES = 640


@dataclass(frozen=True)
class Trial:
    """What to run: a device by its name in the profiles, a precision, that many steps.

    The clock starts after ``warm_up`` of them.
    """

    device: str
    precision: str
    steps: int
    size: str
    warm_up: int = WARM_UP


def drawn_codes(height: int, width: int, channels: int) -> npt.NDArray[np.uint8]:
    """Seeded pictures of coloured squares with grain, uint8 N×H×W×C, alike on every machine.

    Drawn as whole numbers throughout, so that no rounding enters.
    """
    rng = np.random.default_rng(0)
    squares = rng.integers(16, 240, (IMAGES, 8, 8, channels), dtype=np.int64)
    rows, columns = (np.arange(side) * 8 // side for side in (height, width))
    grain = rng.integers(-16, 16, (IMAGES, height, width, channels), dtype=np.int64)
    return (squares[:, rows[:, None], columns] + grain).astype(np.uint8)


def run_trial(trial: Trial, params: Params, advance: Callable[[int], None]) -> dict:
    """Train in this process, as the train stage would; the learning rate stays as it is set.

    Args:
        trial: what to run; its precision takes the place of ``train.precision``.
        params: all other settings of the training.
        advance: called with a number of steps whenever that many more are done.

    Returns:
        A record for JSON: ``loss_d`` and ``loss_g`` of every step, ``img_per_s`` after the
        warm-up (None in a shorter trial), ``peak_memory_bytes``, the device's description and,
        on a Gaudi, the bridge's counters.

    Raises:
        UserError: this machine has no such device.
    """
    import torch

    from ..data.batches import RealBatches
    from ..device import resolve
    from ..nets import build_networks
    from ..sample.latents import training_latents
    from ..train.step import Stepper
    from .bridge import load

    load()
    train = params.train.model_copy(update={"precision": trial.precision})
    params = params.model_copy(update={"train": train})
    device = resolve(trial.device)
    generator, discriminator = build_networks(params, trial.size)
    latent_rng = training_latents(train.seed)
    stepper = Stepper(generator, discriminator, params, device, latent_rng)
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "train.npy"
        np.save(pack, drawn_codes(generator.height, generator.width, generator.channels))
        batches = RealBatches(pack, train.batch_size, train.seed, train.flip, device.device)
        found = _train(trial.steps, trial.warm_up, stepper, batches, advance)
    return {
        **asdict(trial),
        "describes_itself_as": device.describe(),
        **found,
        "peak_memory_bytes": device.peak_memory(),
        # TensorFloat-32 would make fp32 convolutions differ by a thousandth; torch's own switch.
        "tf32_convolutions": device.device.type == "cuda" and torch.backends.cudnn.allow_tf32,
    }


def _train(
    steps: int,
    warm_up: int,
    stepper: Stepper,
    batches: RealBatches,
    advance: Callable[[int], None],
) -> dict:
    """The steps themselves: their losses, speed and the bridge's counts."""
    import torch

    from .bridge import counters

    losses: list[list[float]] = []
    counted: dict[str, dict] = {}
    pending: list[Tensor] = []
    started = 0.0
    for step in range(steps):
        epoch, index = divmod(step, len(batches))
        record = stepper.step(partial(batches.batch, epoch, index))
        pending.append(torch.stack([record.loss_d.detach(), record.loss_g.detach()]))
        if len(pending) == READ_EVERY or step + 1 == steps:
            losses += torch.stack(pending).tolist()
            advance(len(pending))
            pending = []
        if step + 1 in (warm_up, steps):
            stepper.device.synchronize()
            counted[str(step + 1)] = counters()
        if step + 1 == warm_up:
            started = time.perf_counter()
    timed = (steps - warm_up) * batches.batch_size
    return {
        "loss_d": [d for d, _ in losses],
        "loss_g": [g for _, g in losses],
        "img_per_s": round(timed / (time.perf_counter() - started), 1) if timed > 0 else None,
        "counters_after_step": {step: found for step, found in counted.items() if found},
    }


def run_apart(trial: Trial, params: Params, advance: Callable[[int], None]) -> dict:
    """:func:`run_trial` in a fresh process, whose peak of memory is the trial's alone.

    Raises:
        UserError: this machine has no such device, or the process died.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(trial, params.model_dump(), theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            kind, content = ours.recv()
            if kind == "steps":
                advance(content)
            elif kind == "error":
                raise UserError(*content)
            else:
                return content
    except EOFError as error:
        process.join()
        raise UserError(
            f"the {trial.precision} training on device {trial.device} died with exit code "
            f"{process.exitcode}; what it said is above"
        ) from error
    finally:
        ours.close()
        process.join(timeout=30)
        process.kill()


def _serve(trial: Trial, params: dict, pipe: Connection) -> None:
    def advance(steps: int) -> None:
        pipe.send(("steps", steps))

    try:
        record = run_trial(trial, Params.model_validate(params), advance)
    except UserError as error:
        pipe.send(("error", error.args))
    else:
        pipe.send(("record", record))
    pipe.close()
