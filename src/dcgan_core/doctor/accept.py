"""Whether a device trains as the CPU does: the record that ``dcgan doctor --accept`` writes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import UserError
from ..params import Params, load_params
from ..progress import progress
from .machine import environment, smi, versions
from .trial import Trial, run_apart

SCHEMA = 1
RECIPE = "quick-64"
SIZE = "64"
STEPS = 200
PRECISIONS = ("fp32", "bf16")
MARKS = (1, 10, 50, 200)
"""Steps up to which differences are told."""
TOLERANCES = {
    "fp32": {1: 1e-4, 10: 0.05, 50: 5.0},
    "bf16": {1: 0.02, 10: 0.3, 50: 3.0},
}
"""Largest differences of a loss that pass, by the step up to which they hold: some three times what
one rounding of the initial weights came to on the CPU (docs/acceptance.md). Training amplifies
rounding, so what comes later is told and not judged."""
SECTIONS = ("model", "train", "objective", "stabilise")


def accept(device: str, root: Path) -> dict:
    """Train on the device and on the CPU from the same seeds, in fp32 and in bf16.

    Args:
        device: a name in DEVICES; the CPU is compared with itself.
        root: the project's folder.

    Returns:
        The record, ready for JSON; ``verdict`` is ``passed`` or ``failed``, ``reasons`` says why.

    Raises:
        UserError: this machine has no such device, or a training died.
    """
    params = load_params(root / "params.yaml", recipe=RECIPE)
    trained = {}
    with progress(f"doctor {device}", 2 * len(PRECISIONS) * STEPS, "steps") as bar:
        for precision in PRECISIONS:
            # The device first: one that is missing should be told before the CPU has worked.
            trained[precision] = [
                run_apart(Trial(name, precision, STEPS, SIZE), params, bar.advance)
                for name in (device, "cpu")
            ]
    return {
        "schema": SCHEMA,
        "device": device,
        "versions": versions(),
        "smi": smi(),
        "environment": environment(os.environ),
        "recipe": RECIPE,
        "settings": _settings(params),
        **compare(trained),
    }


def _settings(params: Params) -> dict:
    return {section: getattr(params, section).model_dump() for section in SECTIONS}


def compare(trained: Mapping[str, Sequence[dict]]) -> dict:
    """The verdict over pairs of trials.

    Args:
        trained: for each precision the device's record of its trial and the CPU's.
    """
    precisions, reasons = {}, []
    for precision, (on_device, on_cpu) in trained.items():
        differences = largest_differences(on_device, on_cpu)
        found = judge(precision, differences, TOLERANCES[precision])
        reasons += found
        precisions[precision] = {
            "passed": not found,
            "largest_difference_up_to_step": differences,
            "tolerance_up_to_step": TOLERANCES[precision],
            "device": _finite(on_device),
            "cpu": _finite(on_cpu),
        }
    return {
        "verdict": "failed" if reasons else "passed",
        "reasons": reasons,
        "precisions": precisions,
    }


def largest_differences(first: dict, second: dict) -> dict[int, float | None]:
    """Largest absolute difference of ``loss_d`` and ``loss_g`` up to each mark.

    None where a loss up to there is not finite on either side.
    """
    pairs = [
        abs(a - b)
        for name in ("loss_d", "loss_g")
        for a, b in zip(first[name], second[name], strict=True)
    ]
    steps = len(first["loss_d"])
    found = {}
    for mark in (mark for mark in MARKS if mark <= steps):
        until = [*pairs[:mark], *pairs[steps : steps + mark]]
        found[mark] = max(until) if all(map(math.isfinite, until)) else None
    return found


def judge(
    precision: str, differences: Mapping[int, float | None], tolerances: Mapping[int, float]
) -> list[str]:
    """What is wrong, a sentence each; empty when all is as it should be."""
    reasons = []
    for mark, difference in differences.items():
        if difference is None:
            reasons.append(f"{precision}: losses are not finite within {mark} steps")
            break
        if difference > tolerances.get(mark, math.inf):
            reasons.append(
                f"{precision}: losses differ from the CPU's by {difference:.2g} within {mark} "
                f"steps; up to {tolerances[mark]:g} is expected"
            )
    return reasons


def _finite(record: dict) -> dict:
    """The record with null for losses that JSON has no number for."""
    losses = {
        name: [value if math.isfinite(value) else None for value in record[name]]
        for name in ("loss_d", "loss_g")
    }
    return {**record, **losses}


def check_target(path: Path) -> None:
    """Refuse a file that could not be written, before minutes of work for it.

    Raises:
        UserError: a folder, or in a folder that is not there or may not be written.
    """
    if path.is_dir():
        raise UserError(f"--out {path}: is a folder; name a file, such as acceptance.json")
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"--out {path}: its folder is missing or may not be written")


def summary(record: dict) -> list[str]:
    """The record in lines for a person."""
    lines = []
    for precision, found in record["precisions"].items():
        differences = found["largest_difference_up_to_step"]
        told = ", ".join(
            f"{'not finite' if value is None else f'{value:.2g}'} by step {step}"
            for step, value in differences.items()
        )
        lines.append(f"{precision}  largest difference of a loss: {told}")
        for side in ("device", "cpu"):
            trial = found[side]
            rate, peak = trial["img_per_s"], trial["peak_memory_bytes"] / 2**20
            lines.append(f"      {trial['describes_itself_as']}: {rate} img/s, peak {peak:.0f} MiB")
            for step, counts in trial["counters_after_step"].items():
                lines.append(f"      counted by step {step}: {counts}")
    return [*lines, *record["reasons"], f"verdict: {record['verdict']}"]
