"""``dcgan doctor``: what this machine has, and whether a device trains as the CPU does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ..device import add_device_option, require
from ..errors import UserError
from ..terminal import say
from .common import HelpFormatter
from .values import to_path

TEACH = """\
examples:

  dcgan doctor                             what is here, and what is missing
  dcgan doctor --accept --device gpu       200 steps on the device and on the CPU, in fp32 and
                                           bf16, compared; leaves acceptance-gpu.json

Without --accept the exit code is 0 when the CPU path works. With it, 0 when the device's losses
follow the CPU's within the stated tolerances.
"""


def add_parser(subparsers) -> None:
    """Add ``doctor``."""
    parser = subparsers.add_parser(
        "doctor",
        help="what this machine has, and whether a device trains as the CPU does",
        description="What this machine has, and whether a device trains as the CPU does.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=_run)
    parser.add_argument("--accept", action="store_true", help="train on the device and compare")
    add_device_option(parser, "with --accept: ")
    parser.add_argument(
        "--out", type=to_path, help="with --accept: the record (default: acceptance-DEVICE.json)"
    )


def _run(arguments: argparse.Namespace) -> None:
    if arguments.accept:
        _accept(arguments.device, arguments.out or Path(f"acceptance-{arguments.device}.json"))
    elif arguments.out:
        raise UserError(f"--out {arguments.out}: there is a record only with --accept")
    else:
        _examine(Path())


def _examine(root: Path) -> None:
    from ..doctor import checks, machine

    for name, found in machine.versions().items():
        _row(name, found or "not installed")
    for name, found in machine.smi().items():
        _row(name, found)
    for name, found in machine.hardware(root).items():
        _row(name, found)
    works = _check("settings", lambda: checks.settings(root))
    _row("interpreters", checks.interpreters(root))
    _check("devices", lambda: "\n".join(f"{n}: {found}" for n, found in checks.devices().items()))
    works = _check("cpu", lambda: checks.one_step(root)) and works
    if not works:
        raise UserError(
            "the CPU path does not work here; see above. make run sets up what is missing"
        )
    _row("verdict", "the CPU path works: snakemake --profile cpu")


def _check(name: str, look: Callable[[], str]) -> bool:
    try:
        found, works = look(), True
    except (UserError, ImportError, RuntimeError) as error:
        found, works = f"fails: {error}", False
    _row(name, found)
    return works


def _row(name: str, text: str) -> None:
    for line in text.splitlines() or [""]:
        say(f"{name:24}{line}")
        name = ""


def _accept(device: str, out: Path) -> None:
    require(device)
    from ..doctor.accept import accept, check_target, summary
    from ..records import write_json

    check_target(out)
    record = accept(device, Path())
    write_json(out, record)
    say(*summary(record))
    say(f"Please open an issue with {out} attached, whatever the verdict.")
    if record["verdict"] == "failed":
        raise UserError(f"device {device} does not follow the CPU: {'; '.join(record['reasons'])}")
