"""``dcgan init``: look at a folder of photos and write the settings that suit it."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..device import add_device_option
from ..errors import UserError
from ..terminal import say
from .common import HelpFormatter
from .values import to_path, to_size, whole

if TYPE_CHECKING:
    from ..advise.photos import Photos
    from ..advise.proposal import Proposal, Wishes
    from ..params import Params

PARAMS = Path("params.yaml")
PROFILES = ("cpu", "gpu", "hpu")
REGIMES = ("few", "normal", "many")

TEACH = """\
examples:

  dcgan init data/own                      look, choose, measure, write params.yaml
  dcgan init ~/photos --dry-run            the same, and write nothing
  dcgan init photos.zip --images 100000    train longer than proposed
  dcgan init ~/photos --size 128 --device gpu
                                           larger pictures, on a GPU
  dcgan init ~/faces --recipe best-64      the settings of a recipe: "dcgan recipe list"

Each choice is told with its reason. Then: dcgan train. Your photos are only read. An earlier
params.yaml with changes of yours is kept beside the new one.
"""


def add_parser(subparsers) -> None:
    """Add ``init``."""
    parser = subparsers.add_parser(
        "init",
        help="look at a folder of photos and write the settings that suit it",
        description="Look at a folder of photos and write the settings that suit it.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=_run)
    parser.add_argument("photos", type=to_path, metavar="PHOTOS", help="a folder, a .zip or a .tar")
    add_wishes(parser)


def add_wishes(parser: argparse.ArgumentParser) -> None:
    """The options that replace proposals; of those not given the values are None or False."""
    parser.add_argument(
        "--size", type=to_size, help='"64" or "HEIGHTxWIDTH", in place of the proposed one'
    )
    parser.add_argument("--recipe", help="a recipe's settings, with its size and length")
    parser.add_argument(
        "--images", type=whole(1, 10**10), help="length of the training: real images shown"
    )
    regimes = parser.add_mutually_exclusive_group()
    regimes.add_argument(
        "--regime", choices=REGIMES, help="proposed under 500, under 20,000, from 20,000 images on"
    )
    for name in REGIMES:
        regimes.add_argument(
            f"--{name}", dest="regime", action="store_const", const=name, help=f"= --regime {name}"
        )
    add_device_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="show all and write nothing")
    parser.add_argument("--no-measure", action="store_true", help="do not measure the speed here")


def _run(arguments: argparse.Namespace) -> None:
    initialise(arguments)
    if not arguments.dry_run:
        say(f"next: {train_command(arguments.device)}")


def train_command(device: str) -> str:
    """What to type to train there."""
    return "dcgan train" + ("" if device == "cpu" else f" --device {device}")


def check_project() -> None:
    """Make sure that this is a project's folder.

    Raises:
        UserError: it is not; says where the nearest is.
    """
    if PARAMS.is_file() and Path("Snakefile").is_file():
        return
    home = Path(__file__).resolve().parents[3]
    known = (home / "Snakefile").is_file() and (home / PARAMS).is_file()
    remedy = f"cd {home}" if known else "go to the folder that holds Snakefile and params.yaml"
    raise UserError(f"{Path.cwd()}: no project here. Run this in the project's folder: {remedy}")


def check_device(device: str, measured: bool) -> None:
    """Make sure that there is a profile for the device and, if it is to be used, the device.

    Raises:
        UserError: there is not.
    """
    from ..device import require

    if device not in PROFILES:
        raise UserError(
            f"--device {device}: the pipeline has no profile for it; choose one of "
            f"{', '.join(PROFILES)}"
        )
    if measured:
        require(device)


def initialise(arguments: argparse.Namespace) -> None:
    """Look at the photos, tell what is proposed and, without ``--dry-run``, write it.

    Raises:
        UserError: no project here; no photos there, or too few; no such device; or the settings
            asked for are not possible.
    """
    from ..advise.located import located

    check_project()
    check_device(arguments.device, not arguments.no_measure)
    source, path = located(arguments.photos, Path())
    from ..advise.photos import opened
    from ..advise.proposal import Wishes
    from ..params import load_params

    wishes = Wishes(
        arguments.size, arguments.recipe, arguments.images, arguments.regime, arguments.device
    )
    asked: dict[str, Any] = {"download.source": source, "download.path": path}
    # Before photos are looked at, which may take minutes: that they lie where they may, and that
    # there is such a size and recipe.
    load_params(
        PARAMS, asked | ({"sizes": [wishes.size]} if wishes.size else {}), recipe=wishes.recipe
    )
    with opened(arguments.photos, Path()) as photos:
        proposal = _proposed(photos, wishes)
    params = load_params(PARAMS, proposal.settings)
    trained = _check_counts(params, proposal.different, path)
    if not arguments.no_measure:
        _tell_time(params, arguments.device, trained)
    _write(proposal.settings, arguments.dry_run)


def _proposed(photos: Photos, wishes: Wishes) -> Proposal:
    from ..advise.proposal import propose
    from ..advise.survey import survey
    from ..advise.words import found_lines, proposed_lines

    found = survey(photos)
    say(*found_lines(found), "", "proposed:")
    proposal = propose(found, wishes, Path())
    say(*proposed_lines(proposal), "")
    return proposal


def _check_counts(params: Params, different: int, path: str) -> int:
    """Images that will be trained on, about.

    Raises:
        UserError: a split would have too few.
    """
    from ..data.minima import FEWEST_HELD_OUT, all_minima, check_splits, check_total

    minima = all_minima(params)
    check_total(different, minima, path)
    held_out = {
        name: max(FEWEST_HELD_OUT, round(share * different))
        for name, share in (
            ("validation", params.normalize.validation),
            ("test", params.normalize.test),
        )
    }
    counts = {"train": different - sum(held_out.values()), **held_out}
    check_splits(counts, minima, params.normalize)
    return counts["train"]


def _tell_time(params: Params, device: str, trained: int) -> None:
    from ..advise.rules import SCORING_SHARE
    from ..advise.timing import steps_per_second, training_steps
    from ..progress import duration

    speed = steps_per_second(params, device)
    seconds = training_steps(params, trained) / speed
    say(
        f"time: training {duration(seconds)} on this machine's {device}, measured at "
        f"{speed * params.train.batch_size:.0f} images a second"
    )
    if device == "cpu":
        more = duration(SCORING_SHARE * seconds)
        say(f"      scores and pictures come on top, roughly half of that: {more}")
    else:
        say("      scores and pictures come on top, and may take longer than the training")


def _write(settings: dict[str, Any], dry_run: bool) -> None:
    from ..params.edit import edited, write_settings

    text = PARAMS.read_text(encoding="utf-8")
    changes = edited(text, settings)[1]
    if not changes:
        say(f"{PARAMS}: has all of this already")
    elif dry_run:
        say(f"{PARAMS}: {len(changes)} settings would change; nothing was written:")
        say(*(f"  {one.name}: {_shown(one.before)} -> {_shown(one.after)}" for one in changes))
    else:
        _keep_aside(text)
        write_settings(PARAMS, settings)
        say(f"{PARAMS}: {len(changes)} settings changed")


def _shown(value: object) -> str:
    from ..params.yaml_file import setting_text

    return setting_text(value) or '""'


def _keep_aside(text: str) -> None:
    """Copy settings that are not as shipped to a new name, and say so."""
    from ..report.shipped import SHIPPED

    if text == SHIPPED.read_text(encoding="utf-8"):
        return
    number, copy = 1, Path(f"{PARAMS}.before")
    while copy.exists() and copy.read_text(encoding="utf-8") != text:
        number += 1
        copy = Path(f"{PARAMS}.before-{number}")
    shutil.copyfile(PARAMS, copy)
    say(f"{copy}: what {PARAMS} was until now, for it had changes of yours")
