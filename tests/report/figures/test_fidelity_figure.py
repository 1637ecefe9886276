"""The fidelity chart draws every metric of the table of metrics."""

import matplotlib.pyplot as plt
import pytest

from dcgan_core.evaluate.metrics import METRICS, Metric, names_of_kind
from dcgan_core.report.figures import fidelity
from dcgan_core.report.figures.fidelity import draw_fidelity
from dcgan_core.tables import write_table


def write_scores(target, **changes):
    """Three snapshots whose scores differ for each metric and epoch."""
    rows = [
        {
            "images": 8 * epoch,
            **{name: epoch * (place + 1) / 64 for place, name in enumerate(METRICS)},
            **changes,
            "split": "validation",
            "n_real": 10,
            "n_fake": 20,
            "extractor": "some-network",
        }
        for epoch in (1, 4, 12)
    ]
    write_table(target, rows)


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A function that draws the scores and returns the figure, still open."""

    def draw(**changes):
        figures = []
        monkeypatch.setattr(fidelity, "save", lambda figure, target: figures.append(figure))
        write_scores(tmp_path / "fidelity.csv", **changes)
        draw_fidelity(tmp_path / "fidelity.csv", tmp_path / "fidelity.png", "16")
        return figures[0]

    yield draw
    plt.close("all")


def lines_of(figure):
    """Each line's label with its values."""
    return {
        line.get_label(): list(line.get_ydata())
        for axis in figure.axes
        for line in axis.get_lines()
    }


def expected():
    return {
        metric.label: [epoch * (place + 1) / 64 for epoch in (1, 4, 12)]
        for place, metric in enumerate(METRICS.values())
    }


def test_every_metric_is_drawn_with_its_values(drawn):
    figure = drawn()
    assert lines_of(figure) == expected()
    distances, shares, kernel = figure.axes[:3]
    assert distances.get_ylabel() == "Fréchet distance (lower is better)"
    assert kernel.get_ylabel() == "kernel distance"
    assert len(shares.get_lines()) == len(names_of_kind("share"))
    legend = [text.get_text() for text in distances.get_legend().get_texts()]
    assert legend[:2] == ["Fréchet distance", "KID"]


def test_another_metric_of_each_kind_needs_no_change_of_the_chart(drawn, monkeypatch):
    monkeypatch.setitem(METRICS, "third", Metric("third distance", "distance", "x.y"))
    monkeypatch.setitem(METRICS, "fifth", Metric("fifth share", "share", "x.y"))
    figure = drawn()
    assert lines_of(figure) == expected()
    twins = figure.axes[2:]
    assert twins[-1].get_ylabel() == "third distance"
    assert len({axis.spines["right"].get_position() for axis in twins}) == len(twins) >= 2


def test_a_negative_kid_is_seen(drawn):
    """The unbiased estimate is about 0, and as often below, where the images are as the real."""
    distances, _, kernel = drawn(kid=-0.0125).axes[:3]
    low, high = kernel.get_ylim()
    assert low < -0.0125
    assert high >= 0
    assert kernel.get_yscale() == "linear"
    assert distances.get_ylim()[0] == 0


def test_distances_that_are_all_positive_begin_at_0(drawn):
    distances, _, kernel = drawn().axes[:3]
    assert distances.get_ylim()[0] == kernel.get_ylim()[0] == 0
