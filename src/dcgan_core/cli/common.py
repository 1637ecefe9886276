"""What the commands share: which snapshot, which latents, where files go."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..device import add_device_option, require, resolve
from ..errors import UserError
from ..terminal import say

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from ..device.base import Device
    from ..nets import Generator

RESULTS = Path("results")
BEST = "best.safetensors"
MOST_LISTED = 100
"""Class names in a message."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples' line breaks, and each option beside its meaning."""

    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=26)


def whole(least: int, most: int = 2**31):
    """An argparse type: a whole number in a range."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {least} to {most}")
        return number

    return parse


def add_command(subparsers, name: str, summary: str, teach: str, run) -> argparse.ArgumentParser:
    """A sub-command with the options that all of them have.

    Args:
        subparsers: those of ``dcgan``, which the new one joins.
        name: what follows ``dcgan`` on the command line.
        summary: one line, for ``dcgan --help``.
        teach: an example and how to read its outcome, shown below the options.
        run: what to call with the parsed arguments.
    """
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=teach,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "snapshot",
        nargs="?",
        type=Path,
        help="the generator, a .safetensors file (default: results/SIZE/best.safetensors)",
    )
    parser.add_argument("--size", help="SIZE of the default snapshot, when there are several")
    parser.add_argument(
        "--seed",
        type=whole(0, 2**63 - 1),
        default=1,
        help="which latents are drawn (default: 1, as the sample stage's)",
    )
    parser.add_argument(
        "--out", type=Path, help="folder for the files (default: results/SIZE/latent)"
    )
    add_device_option(parser)
    return parser


def add_class_option(parser: argparse.ArgumentParser, meaning: str) -> None:
    """``--class NAME``, which may be given several times, for generators that know classes."""
    parser.add_argument(
        "--class",
        action="append",
        default=[],
        dest="classes",
        metavar="NAME",
        help=f"of a conditional generator: {meaning}; may be given several times (default: each "
        "number has a class of its own)",
    )


def _chosen_classes(generator: Generator, path: Path, names: Sequence[str]) -> tuple[int, ...]:
    """The numbers of named classes.

    Raises:
        UserError: the generator does not know one of them, or none at all.
    """
    known = generator.classes.names
    if names and not known:
        raise UserError(
            f"--class {names[0]}: {path} knows no classes; it was trained with model.conditional: "
            "false. Leave --class out, or name another snapshot."
        )
    for name in names:
        if name not in known:
            listed = ", ".join(known[:MOST_LISTED]) + ", ..." * (len(known) > MOST_LISTED)
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise UserError(f"--class {name}: {path} has no such class. {hint}It has {listed}.")
    return tuple(known.index(name) for name in names)


def chosen_path(given: Path | None, size: str | None, name: str, instead: str) -> Path:
    """A path that was given, or the one of a name in the results of a size, or the only such.

    Args:
        given: the path as typed; it is returned as it is.
        size: what ``--size`` said.
        name: of a file or folder that every run of a size leaves.
        instead: what could be given, for the message where there is none: ``a snapshot``.

    Raises:
        UserError: both are given, or neither and there is none or more than one.
    """
    if given and size:
        raise UserError(f"both {given} and --size {size}: give one of the two")
    if given:
        return given
    if size:
        return RESULTS / size / name
    found = sorted(RESULTS.glob(f"*/{name}"))
    if not found:
        raise UserError(
            f"{RESULTS}/*/{name}: there is none. Run this in the project's folder after "
            f'"make run", or name {instead}.'
        )
    if len(found) > 1:
        sizes = ", ".join(path.parent.name for path in found)
        raise UserError(f"there are snapshots of sizes {sizes}: choose one with --size")
    return found[0]


def _snapshot_path(arguments: argparse.Namespace) -> Path:
    path = chosen_path(arguments.snapshot, arguments.size, BEST, "a snapshot")
    if not path.is_file():
        raise UserError(f"{path}: no such file. Run the pipeline first, or name another.")
    return path


@dataclass(frozen=True)
class Studio:
    """A loaded generator, and the folder that its pictures go to.

    Attributes:
        chosen: numbers of the classes asked for; empty where none was.
    """

    generator: Generator
    device: Device
    snapshot: Path
    seed: int
    folder: Path
    chosen: tuple[int, ...] = ()

    @classmethod
    def open(cls, arguments: argparse.Namespace) -> Studio:
        """What the arguments ask for.

        Raises:
            UserError: no such snapshot, device or class, or ``--out`` is a file.
        """
        path = _snapshot_path(arguments)
        if arguments.out and arguments.out.exists() and not arguments.out.is_dir():
            raise UserError(f"--out {arguments.out}: is a file; name a folder")
        # Before torch, which takes a second to load.
        require(arguments.device)
        from ..nets.snapshot import load_generator
        from ..params import size_name

        device = resolve(arguments.device)
        generator = load_generator(path, device.device)
        size = size_name((generator.height, generator.width))
        folder = arguments.out or RESULTS / size / "latent"
        chosen = _chosen_classes(generator, path, getattr(arguments, "classes", []))
        return cls(generator, device, path, arguments.seed, folder, chosen)

    def latents(self, count: int) -> Tensor:
        """The first ``count`` latents of the seed, count×nz; number i is always the same."""
        from ..sample.latents import draw_latents

        return draw_latents(count, self.generator.latent_length, self.seed)

    def classes(self, numbers: Iterable[int]) -> Tensor | None:
        """The class of each sample of these numbers, N; None where the generator knows none.

        That which was asked for, or of several one after the other; else the number's own.
        """
        import torch

        if not self.generator.classes:
            return None
        if not self.chosen:
            return self.generator.classes.numbered(numbers)
        return torch.tensor([self.chosen[number % len(self.chosen)] for number in numbers])

    def class_names(self, classes: Tensor | None, count: int) -> list[str]:
        """The name of each class, with a blank before it; ``count`` empty texts where all are None.

        Args:
            classes: as :meth:`classes` gives them.
            count: how many they are.
        """
        if classes is None:
            return [""] * count
        return [f" {self.generator.classes.names[one]}" for one in classes.tolist()]

    def save_picture(self, name: str, picture: Image) -> None:
        """Write a PNG into the folder and say so."""
        from ..files import writing

        with writing(self.folder / name) as part:
            picture.save(part, format="PNG")
        self.announce(name)

    def announce(self, name: str) -> None:
        """Print where a file is."""
        say(self.folder / name)
