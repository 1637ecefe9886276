"""The log-likelihood's chart."""

import matplotlib.pyplot as plt
import pytest

from dcgan_core.report.figures import parzen
from dcgan_core.report.figures.parzen import draw_parzen
from dcgan_core.tables import write_table


@pytest.fixture
def table(tmp_path):
    rows = [
        {
            "images": 8 * epoch,
            "log_likelihood": 100.0 - epoch,
            "standard_error": 2.0,
            "scale": "[0,1]",
            "dimension": 768,
            "n_centers": 32,
            "n_test": 8,
        }
        for epoch in (1, 4)
    ]
    write_table(tmp_path / "parzen.csv", rows)
    return tmp_path / "parzen.csv"


def test_means_have_their_errors_and_counts(table, monkeypatch):
    figures = []
    monkeypatch.setattr(parzen, "save", lambda figure, target: figures.append(figure))
    draw_parzen(table, table.with_suffix(".png"), "Parzen")
    (axis,) = figures[0].axes
    assert axis.lines[0].get_data()[0].tolist() == [8, 32]
    assert axis.lines[0].get_data()[1].tolist() == [99, 96]
    (bars,) = axis.collections
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[97, 101], [94, 98]]
    assert axis.get_title() == "Parzen\nD = 768, pixels in [0,1], 32 centres, 8 test images"
    plt.close("all")


def test_the_same_numbers_give_the_same_file(table):
    for name in ("a.png", "b.png"):
        draw_parzen(table, table.with_name(name), "Parzen")
    assert table.with_name("a.png").read_bytes() == table.with_name("b.png").read_bytes()
