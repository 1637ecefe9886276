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
from .snapshots import RESULTS, snapshot_file
from .values import to_path, to_size, whole

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from ..device.base import Device
    from ..nets import Generator

MOST_LISTED = 100
"""Class names in a message."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples' line breaks, and each option beside its meaning."""

    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=26)


def add_command(subparsers, name: str, summary: str, teach: str, run) -> argparse.ArgumentParser:
    """A sub-command that looks at a generator, with the options that all such have.

    Args:
        subparsers: those of ``dcgan``, which the new one joins.
        name: what follows ``dcgan`` on the command line.
        summary: one line, for ``dcgan --help``.
        teach: an example and how to read its outcome, shown below the options.
        run: what to call with the parsed arguments.
    """
    parser = add_bare_command(subparsers, name, summary, teach, run)
    add_snapshot_arguments(parser)
    add_studio_options(parser)
    return parser


def add_bare_command(
    subparsers, name: str, summary: str, teach: str, run
) -> argparse.ArgumentParser:
    """The same without any options."""
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=teach,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_studio_options(parser: argparse.ArgumentParser) -> None:
    """``--seed``, ``--out`` and ``--device``, as :class:`Studio` takes them."""
    parser.add_argument(
        "--seed",
        type=whole(0, 2**63 - 1),
        default=1,
        help="which latents are drawn (default: 1, as the sample stage's)",
    )
    parser.add_argument(
        "--out", type=to_path, help="folder for the files (default: results/SIZE/latent)"
    )
    add_device_option(parser)


def add_latents_option(parser: argparse.ArgumentParser) -> None:
    """``--latents FILE``, whose latents take the place of the first numbers."""
    parser.add_argument(
        "--latents",
        type=to_path,
        metavar="FILE",
        help="latents of a file, such as project's, as numbers 0, 1 and so on; the other numbers "
        "stay those of the seed",
    )


def add_snapshot_arguments(parser: argparse.ArgumentParser) -> None:
    """Which generator: a snapshot, a folder of results, or ``--size``."""
    parser.add_argument(
        "snapshot",
        nargs="?",
        type=to_path,
        help="the generator: a .safetensors file, or a folder such as results/64 or a run's, whose "
        "best one is taken (default: results/SIZE/best.safetensors)",
    )
    parser.add_argument(
        "--size", type=to_size, help="SIZE of the default snapshot, when there are several"
    )


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


@dataclass(frozen=True)
class Studio:
    """A loaded generator, and the folder that its pictures go to.

    Attributes:
        chosen: numbers of the classes asked for; empty where none was.
        given: latents of a file, K×nz, which take the place of the seed's first K.
    """

    generator: Generator
    device: Device
    snapshot: Path
    seed: int
    folder: Path
    chosen: tuple[int, ...] = ()
    given: Tensor | None = None

    @classmethod
    def open(cls, arguments: argparse.Namespace) -> Studio:
        """What the arguments ask for.

        Raises:
            UserError: no such snapshot, device or class, or ``--out`` is a file.
        """
        path = snapshot_file(arguments.snapshot, arguments.size)
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
        given = None
        if getattr(arguments, "latents", None):
            from ..sample.latent_file import load_latents

            given = load_latents(arguments.latents, generator.latent_length)
        return cls(generator, device, path, arguments.seed, folder, chosen, given)

    def latents(self, count: int) -> Tensor:
        """The first ``count`` latents of the seed, count×nz; number i is always the same.

        Those of a file come first, in the place of as many.
        """
        from ..sample.latents import draw_latents

        latents = draw_latents(count, self.generator.latent_length, self.seed)
        if self.given is not None:
            latents[: len(self.given)] = self.given[:count]
        return latents

    @property
    def origin(self) -> str:
        """Where latents come from, for a sheet's title."""
        if self.given is None:
            return f"seed {self.seed}"
        last = len(self.given) - 1
        return f"{'0' if not last else f'0 to {last}'} of a file, the others of seed {self.seed}"

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
