"""``dcgan recipe``: list, show, compare and use the recipes."""

import argparse
import shutil
import subprocess
from pathlib import Path

from ..errors import UserError
from ..terminal import say
from .common import HelpFormatter

TEACH = """\
examples:

  dcgan recipe list                        every recipe, with its source
  dcgan recipe diff tutorial-64 best-64    what sets two recipes apart
  dcgan recipe use best-64                 write it into params.yaml, then:
  snakemake --profile cpu                  run it
  dcgan recipe queue tutorial-64 best-64   queue both as DVC experiments, then:
  dvc queue start                          run them; dvc exp show compares them
"""

PARAMS = Path("params.yaml")


def add_parser(subparsers) -> None:
    """Add ``recipe`` with its own sub-commands."""
    parser = subparsers.add_parser(
        "recipe",
        help="published systems and our own, as settings",
        description="Published systems and our own, as settings.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    actions.add_parser("list", help="every recipe, with its source").set_defaults(run=_list)
    show = actions.add_parser("show", help="one recipe's header and settings")
    show.add_argument("name", metavar="NAME")
    show.set_defaults(run=_show)
    diff = actions.add_parser("diff", help="the settings in which two recipes differ")
    diff.add_argument("first", metavar="NAME")
    diff.add_argument("second", metavar="NAME")
    diff.set_defaults(run=_diff)
    use = actions.add_parser("use", help="write a recipe's settings into params.yaml")
    use.add_argument("name", metavar="NAME")
    use.set_defaults(run=_use)
    queue = actions.add_parser("queue", help="queue recipes as DVC experiments")
    queue.add_argument("names", nargs="+", metavar="NAME")
    queue.set_defaults(run=_queue)


def _list(arguments: argparse.Namespace) -> None:
    from ..params.recipes import read_recipe, recipe_names

    names = recipe_names()
    if not names:
        raise UserError("recipes/: none here. Run this in the project's folder.")
    width, broken = max(map(len, names)), []
    for name in names:
        try:
            say(f"{name:{width}}  {read_recipe(name).title}")
        except UserError as error:
            broken.append(str(error))
    if broken:
        raise UserError(*broken)


def _show(arguments: argparse.Namespace) -> None:
    from ..params.recipes import read_recipe
    from ..params.yaml_file import setting_text

    recipe = read_recipe(arguments.name)
    say(f"{recipe.name}: {recipe.title}", "", *recipe.header.split("\n"))
    if len(recipe.lineage) > 1:
        say(f"built on {', '.join(recipe.lineage[1:])}")
    say("")
    for name, value in recipe.settings.items():
        say(f"  {name}: {setting_text(value)}")


def _diff(arguments: argparse.Namespace) -> None:
    from ..params.recipes import read_recipe
    from ..params.yaml_file import setting_text

    first, second = (read_recipe(name) for name in (arguments.first, arguments.second))
    names = sorted({*first.settings, *second.settings})
    rows = [
        (name, setting_text(first.settings.get(name)), setting_text(second.settings.get(name)))
        for name in names
        if first.settings.get(name) != second.settings.get(name)
    ]
    if not rows:
        say(f"{first.name} and {second.name} have the same settings")
        return
    rows.insert(0, ("", first.name, second.name))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = (f"{text:{width}}" for text, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def _use(arguments: argparse.Namespace) -> None:
    from ..params.recipes import read_recipe

    recipe = read_recipe(arguments.name)
    from ..params import load_params
    from ..params.edit import write_settings

    load_params(PARAMS, recipe=recipe.name)
    changes = write_settings(PARAMS, recipe.settings)
    say(f"params.yaml: {len(changes)} settings changed to those of {recipe.name}")


def _queue(arguments: argparse.Namespace) -> None:
    from ..params.recipes import read_recipe
    from ..params.yaml_file import setting_text

    # All are read before any is queued, so that a wrong name leaves no half-filled queue.
    recipes = [read_recipe(name) for name in arguments.names]
    from ..params import load_params

    for recipe in recipes:
        load_params(PARAMS, recipe=recipe.name)
    if shutil.which("dvc") is None:
        raise UserError("dvc is not on the path. Run: source .venv/bin/activate")
    for recipe in recipes:
        changes = [
            f"--set-param={key}={setting_text(value)}" for key, value in recipe.settings.items()
        ]
        done = subprocess.run(["dvc", "exp", "run", "--queue", "--name", recipe.name, *changes])
        if done.returncode:
            raise UserError(f"dvc could not queue {recipe.name}; what it said is above")
