"""Tables that were edited, cut short or shuffled are told by file and place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan_core.errors import UserError
from dcgan_core.report.figures.fidelity import draw_fidelity
from dcgan_core.report.figures.gradients import draw_flow
from dcgan_core.report.figures.history import draw_history
from dcgan_core.report.figures.parzen import draw_parzen
from dcgan_core.tables import read_table, write_table

NUMBERS = ("score",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no rows"),
        (b"epoch,score\n", "has no rows"),
        (b"epoch,points\n1,2\n", "has no column 'score'"),
        (b"epoch,score,score\n1,2,3\n", "has the column 'score' twice"),
        (b"epoch,score\n1,2\n2\n", "row 2: has 1 columns, the header 2"),
        (b"epoch,score\n1,2,3\n", "row 1: has 3 columns, the header 2"),
        (b"epoch,score\n1,high\n", "row 1: score = 'high': must be a number"),
        (b"epoch,score\n1,\n", "row 1: score = '': must be a number"),
        (b"epoch,score\n1,1_0\n", "score = '1_0'"),
        (b"epoch,score\n2,5\n1,5\n", "row 2: epoch = 1: must be a whole number above"),
        (b"epoch,score\n1,5\n1,5\n", "row 2: epoch = 1"),
        (b"epoch,score\n1.5,5\n", "row 1: epoch = 1.5"),
        (b"epoch,score\nnan,5\n", "row 1: epoch = nan"),
        ("epoch,score\n１,5\n".encode(), "row 1: epoch = '１'"),
        (b"epoch,score\n1,\xff\n", "not a CSV table"),
        (b'epoch,score\n1,"5\n', "not a CSV table"),
        (b"epoch;score\n1;5\n", "has no column 'score'"),
        (b"epoch,score\n1," + b"9" * 200_000 + b"\n", "not a CSV table"),
    ],
)
def test_a_table_that_is_not_whole_is_told_in_one_line(tmp_path, content, words):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"t\.csv.*Delete it and run") as told:
        read_table(path, NUMBERS, in_order="epoch")
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(UserError, match=r"t\.csv: not found"):
        read_table(tmp_path / "t.csv")


def test_what_editors_add_is_no_fault(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfepoch,score\r\n1,2.5\r\n\r\n")
    read = read_table(tmp_path / "t.csv", NUMBERS, in_order="epoch")
    assert read == [{"epoch": 1, "score": 2.5}]


DRAWN = {
    "fidelity": lambda table, target: draw_fidelity(table, target, "16"),
    "gradients": lambda table, target: draw_flow(table, target, "16"),
    "history": lambda table, target: draw_history(table, table.parent / "run.json", target, "16"),
    "parzen": lambda table, target: draw_parzen(table, target, "16"),
}


@pytest.mark.parametrize("content", ["", "a,b\n", "a,b\n1,2\n", "a\n1,2\n"])
@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_names_a_table_it_cannot_draw(tmp_path, name, content):
    (tmp_path / f"{name}.csv").write_text(content)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(UserError, match=rf"{name}\.csv"):
        DRAWN[name](tmp_path / f"{name}.csv", tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()


def test_a_chart_does_not_join_shuffled_rows(tmp_path):
    rows = [
        {"step": step, "network": network, "layer": layer, "mean": 1.0, "max": 2.0}
        for step in (1, 2)
        for network in ("generator", "discriminator")
        for layer in ("a", "b")
    ]
    for order, words in (
        ((0, 1, 2, 3, 6, 7, 4, 5), None),
        ((4, 5, 6, 7, 0, 1, 2, 3), "out of order"),
        ((0, 1, 3, 2, 5, 4, 6, 7), "not every look has every layer"),
    ):
        write_table(tmp_path / "g.csv", [rows[place] for place in order])
        if words is None:
            draw_flow(tmp_path / "g.csv", tmp_path / "x.png", "16")
            continue
        with pytest.raises(UserError, match=words):
            draw_flow(tmp_path / "g.csv", tmp_path / "x.png", "16")


def test_a_record_whose_equilibrium_is_no_number_is_told(tmp_path):
    (tmp_path / "run.json").write_text('{"equilibrium": {"loss_d": "low"}}')
    with pytest.raises(UserError, match=r"run\.json: equilibrium.loss_d = 'low'"):
        DRAWN["history"](tmp_path / "history.csv", tmp_path / "x.png")


cell = (
    st.integers(-(10**17), 10**17)
    | st.floats(allow_subnormal=False)
    | st.text("abc []", min_size=1)
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(values=st.lists(cell, min_size=1, max_size=5))
def test_cells_come_back_as_what_they_were(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    write_table(path, [{"place": place, "cell": value} for place, value in enumerate(values)])
    for row, value in zip(read_table(path, in_order="place"), values, strict=True):
        if isinstance(value, float):
            assert row["cell"] == pytest.approx(value, rel=1e-8, nan_ok=True)
        else:
            assert row["cell"] == value
