"""docs/results.md names every file of a run, and every column and key in it."""

import csv
import json
import re

import pytest
from settings import ROOT

from dcgan_core.stages import STAGES

PAGE = (ROOT / "docs/results.md").read_text()


def first_cells(section: str) -> list[str]:
    """What stands in the first column of the section's first table, without its header."""
    text = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (found,) = (part for part in text if part.startswith(f"{section}\n"))
    table = found.split("\n\n|")[1].split("\n\n")[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_every_file_of_a_size_is_named():
    listed = re.findall(r"^\| `([^`]+)` \| (\w+) \|", PAGE.split("\n## ")[0], re.MULTILINE)
    declared = [
        (output.path.removeprefix("results/{size}/"), stage.name)
        for stage in STAGES.values()
        for output in stage.outputs.values()
        if output.path.startswith("results/{size}/")
    ]
    assert [(name.rstrip("/"), stage) for name, stage in listed] == declared


@pytest.mark.parametrize("name", ["history.csv", "gradients.csv", "parzen.csv", "fidelity.csv"])
def test_every_column_is_named(built, name):
    with (built.root / "results/16" / name).open(newline="") as stream:
        assert first_cells(name) == next(csv.reader(stream))


@pytest.mark.parametrize("name", ["run.json", "fidelity.json"])
def test_every_key_of_the_record_is_named(built, name):
    record = json.loads((built.root / "results/16" / name).read_text())
    assert first_cells(name) == list(record)


def test_every_file_with_columns_is_here(built):
    tables = {path.name for path in (built.root / "results/16").glob("*.csv")}
    assert tables == set(re.findall(r"^## (\S+)$", PAGE, re.MULTILINE)) - {
        "run.json",
        "fidelity.json",
    }
