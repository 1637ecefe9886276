"""Where a stage's outputs go: looked at before it runs, and cleared of what killed runs left."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import UserError
from ..files import check_replaceable, is_users_link
from ..params import Params
from ..parts import sweep
from .keys import key_folder
from .own_files import FINGERPRINTS
from .receipts import receipt_file
from .table import STAGES, Stage, all_results


def check_places(params: Params, root: Path | str = ".", since: Stage | None = None) -> None:
    """Refuse outputs that are links of the user's.

    Snakemake removes such a link before the stage runs, and DVC puts a file in its place when it
    records the run: either way the data would lie where the user did not want them, without a word.

    Args:
        params: the settings, which name the outputs of all stages and sizes.
        root: the project's root.
        since: the first stage whose outputs are looked at; what a stage reads may be links.

    Raises:
        UserError: names the first such output, and what to do instead.
    """
    names = list(STAGES)
    looked_at = names[names.index(since.name) if since else 0 :]
    for stage, size in all_results(params):
        for path in stage.paths(params, size).values() if stage.name in looked_at else ():
            if is_users_link(Path(root) / path):
                raise UserError(
                    f"{path}: is a link to {os.readlink(Path(root) / path)}, and Snakemake and DVC "
                    "keep no links as results. Remove the link, and have the whole project where "
                    "there is space."
                )


def check_outputs(stage: Stage, size: str | None, params: Params, root: Path | str = ".") -> None:
    """Refuse to begin a stage whose outputs could not take their places in the end.

    Args:
        stage: the stage that is about to run.
        size: of a stage that runs once for each size.
        params: the settings, which name the outputs.
        root: the project's root.

    Raises:
        UserError: a folder is where a file should go, a file where a folder should, or a folder
            that the stage did not write.
    """
    for name, path in stage.paths(params, size).items():
        check_replaceable(Path(root, path), stage.outputs[name].mark)


def sweep_outputs(stage: Stage, size: str | None, params: Params, root: Path | str = ".") -> None:
    """Remove the parts of all that the stage writes, whose writers have ended.

    Args:
        stage: the stage that is about to run.
        size: of a stage that runs once for each size.
        params: the settings, which name the outputs.
        root: the project's root.
    """
    outputs = [str(path) for path in stage.paths(params, size).values()]
    beside = [key_folder(stage, size), receipt_file(stage, size), FINGERPRINTS]
    for path in outputs + beside:
        sweep(Path(root) / path)
