"""The same 50 steps on the CPU and on the emulated HPU, and a training that changes devices."""

import sys
import tempfile
from pathlib import Path

import hpu_emulator
import torch
from emulated import answer, counted, largest_difference, run_steps, stepper, train

from dcgan_core.device import resolve
from dcgan_core.train.state.checkpoint import load_state, save_state

STEPS = 50
# So small that it does not matter where the optimiser adds it.
NO_EPS = {"train.eps": 1e-20}
CONDITIONAL = {"model.conditional": True, "download.source": "folder"}


def losses() -> dict:
    cpu, hpu = train(stepper("cpu"), STEPS), train(stepper("hpu"), STEPS)
    stock = resolve("hpu")
    stock.optimizer = lambda parameters, **options: torch.optim.AdamW(parameters, **options)
    bf16 = {"train.precision": "bf16"}
    return {
        "fp32": largest_difference(cpu, hpu),
        "fp32 with torch's optimiser": largest_difference(cpu, train(stepper(stock), STEPS)),
        "fp32 without eps": largest_difference(
            train(stepper("cpu", NO_EPS), STEPS), train(stepper("hpu", NO_EPS), STEPS)
        ),
        "bf16": largest_difference(cpu, train(stepper("hpu", bf16), STEPS)),
        "moved": largest_difference(cpu[:1], cpu[-1:]),
    }


def counts(settings: dict | None = None) -> dict:
    training, first, later = stepper("hpu", settings), {}, {}
    with counted(first):
        run_steps(training, 10)
    with counted(later):
        run_steps(training, 40)
    return {"first 10": first, "next 40": later, "fallbacks": hpu_emulator.fallbacks()}


def moved(there: str, back: str) -> float:
    """Ten steps on one device against five there and five on the other, through a file."""
    whole = train(stepper(there, NO_EPS), 10)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.pt"
        begun = stepper(there, NO_EPS)
        train(begun, 5)
        save_state(path, {"step": 5, **begun.state_dict()})
        taken_up = stepper(back, NO_EPS)
        taken_up.load_state_dict(load_state(path))
    return largest_difference(whole[5:], train(taken_up, 5))


if __name__ == "__main__":
    parts = {
        "counts": counts,
        "counts with classes": lambda: counts(CONDITIONAL),
        "losses": losses,
        "cpu to hpu": lambda: moved("cpu", "hpu"),
        "hpu to cpu": lambda: moved("hpu", "cpu"),
        "hpu to hpu": lambda: moved("hpu", "hpu"),
    }
    answer({name: parts[name]() for name in sys.argv[1:]})
