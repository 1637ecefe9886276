"""The history's chart: curves as in the table, and marks only where there is an equilibrium."""

import json
import math

import matplotlib.pyplot as plt
import pytest

from dcgan_core.report.figures.history import Scale, draw_history, history_figure, read_scale
from dcgan_core.tables import write_table

NOWHERE = {"loss_d": None, "loss_g": None, "output": None}
BCE = {"loss_d": 2 * math.log(2), "loss_g": math.log(2), "output": 0.5}
PROBABILITIES = Scale("bce", BCE, 0.0, "mean probability of real", "", (0, 1))


@pytest.fixture
def table(tmp_path):
    """A critic's history: outputs far outside of 0 to 1."""
    rows = [
        {
            "images": 8 * row,
            "loss_d": 1.0 + row,
            "loss_g": 2.0 - row,
            "d_x": 30.0,
            "d_g_z1": -20.0,
            "d_g_z2": -10.0 - row,
        }
        for row in range(1, 6)
    ]
    write_table(tmp_path / "history.csv", rows)
    return tmp_path / "history.csv"


@pytest.fixture(autouse=True)
def closed():
    """No figure stays open after a test."""
    yield
    plt.close("all")


def levels(axis):
    """Heights of the horizontal lines across the whole axis."""
    return [line.get_ydata()[0] for line in axis.get_lines() if list(line.get_xdata()) == [0, 1]]


def test_the_equilibrium_is_marked_where_it_is(table):
    losses, outputs = history_figure(table, PROBABILITIES, "16").axes
    assert levels(losses) == [2 * math.log(2), math.log(2)]
    assert levels(outputs) == [0.5]
    assert outputs.get_ylim() == (0, 1)
    assert (losses.get_ylabel(), outputs.get_ylabel()) == (
        "loss (bce)",
        "D's mean probability of real",
    )
    labels = [text.get_text() for text in losses.get_legend().get_texts()]
    assert labels == ["Loss_D", "Loss_G", "equilibrium 1.386", "equilibrium 0.693"]


@pytest.mark.parametrize("equilibrium", [NOWHERE, {}])
def test_without_an_equilibrium_nothing_is_marked_and_all_outputs_are_seen(table, equilibrium):
    losses, outputs = history_figure(table, Scale(equilibrium=equilibrium), "16").axes
    assert levels(losses) == levels(outputs) == []
    low, high = outputs.get_ylim()
    assert low < -15
    assert high > 30
    labels = [text.get_text() for text in losses.get_legend().get_texts()]
    assert labels == ["Loss_D", "Loss_G"]


def test_a_floor_is_marked_where_it_is_above_0(table):
    losses, _ = history_figure(table, Scale(floor=0.325), "16").axes
    assert levels(losses) == [0.325]
    labels = [text.get_text() for text in losses.get_legend().get_texts()]
    assert labels == ["Loss_D", "Loss_G", "floor 0.325"]
    losses, _ = history_figure(table, Scale(floor=0.0), "16").axes
    assert levels(losses) == []


def test_a_loss_without_equilibrium_leaves_the_other_its_colour(table):
    losses, _ = history_figure(table, Scale(equilibrium={**NOWHERE, "loss_g": 0.0}), "16").axes
    (line,) = (line for line in losses.get_lines() if list(line.get_xdata()) == [0, 1])
    assert line.get_ydata()[0] == 0
    assert line.get_color() == "C1"


def test_curves_are_the_tables_columns(table):
    losses, outputs = history_figure(table, Scale(equilibrium=NOWHERE), "16").axes
    assert [list(line.get_ydata()) for line in losses.get_lines()] == [
        [2.0, 3.0, 4.0, 5.0, 6.0],
        [1.0, 0.0, -1.0, -2.0, -3.0],
    ]
    assert [line.get_ydata()[-1] for line in outputs.get_lines()] == [30.0, -20.0, -15.0]
    assert list(outputs.get_lines()[0].get_xdata()) == [8, 16, 24, 32, 40]


def test_the_marks_come_from_the_runs_record(table, tmp_path):
    pictures = {}
    records = {"bce": {"equilibrium": BCE}, "none": {"equilibrium": NOWHERE}, "old": {"steps": 5}}
    for name, record in records.items():
        (tmp_path / "run.json").write_text(json.dumps(record))
        target = tmp_path / f"{name}.png"
        draw_history(table, tmp_path / "run.json", target, "16")
        pictures[name] = target.read_bytes()
    assert pictures["none"] == pictures["old"] != pictures["bce"]


RECORDS = {
    "bce": {
        "loss": "bce",
        "equilibrium": BCE,
        "floor": {"loss_d": 0.325},
        "output": {"name": "mean probability of real", "note": "", "lowest": 0, "highest": 1},
    },
    "a critic": {
        "loss": "wasserstein",
        "equilibrium": NOWHERE,
        "floor": {"loss_d": None},
        "output": {"name": "mean score", "note": "no probability", "lowest": None, "highest": None},
    },
    "an older run": {"steps": 5},
}


def test_the_scale_is_what_the_record_says(tmp_path):
    found = {}
    for name, record in RECORDS.items():
        (tmp_path / "run.json").write_text(json.dumps(record))
        found[name] = read_scale(tmp_path / "run.json")
    assert found == {
        "bce": Scale("bce", BCE, 0.325, "mean probability of real", "", (0, 1)),
        "a critic": Scale(
            "wasserstein", NOWHERE, None, "mean score", "no probability", (None, None)
        ),
        "an older run": Scale(),
    }


def test_a_critics_scores_are_named_and_seen_whole(table, tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(RECORDS["a critic"]))
    _, outputs = history_figure(table, read_scale(tmp_path / "run.json"), "16").axes
    assert outputs.get_ylabel() == "D's mean score\n(no probability)"
    low, high = outputs.get_ylim()
    assert low < -20
    assert high > 30
