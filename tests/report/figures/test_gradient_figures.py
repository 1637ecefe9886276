"""The gradient-flow figures of a table whose numbers are known."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from dcgan_core.errors import UserError
from dcgan_core.report.figures.gradients import (
    draw_flow,
    draw_flow_over_time,
    flow_figure,
    flow_over_time_figure,
    read_flow,
    short_name,
)
from dcgan_core.tables import write_table

LAYERS = ("layers.0 Conv2d", "layers.1 BatchNorm2d", "layers.3 Conv2d")


def value(step, index):
    return 10.0 ** -(index + 1) * (1 + step)


@pytest.fixture
def table(tmp_path):
    """Two networks of three layers, looked at in steps 1, 20, ..., 200."""
    rows = [
        {
            "step": step,
            "network": network,
            "layer": layer,
            "mean": value(step, index) * scale,
            "max": 5 * value(step, index) * scale,
        }
        for step in (1, *range(20, 201, 20))
        for network, scale in (("generator", 2.0), ("discriminator", 1.0))
        for index, layer in enumerate(LAYERS)
    ]
    write_table(tmp_path / "gradients.csv", rows)
    return tmp_path / "gradients.csv"


@pytest.fixture(autouse=True)
def closed():
    """No figure stays open after a test."""
    yield
    plt.close("all")


def test_a_networks_part_comes_back_in_order(table):
    layers, steps, means, maxima = read_flow(table, "generator")
    assert tuple(layers) == LAYERS
    assert list(steps) == [1, *range(20, 201, 20)]
    expected = [[2 * value(step, index) for index in range(3)] for step in steps]
    np.testing.assert_allclose(means, expected)
    np.testing.assert_allclose(maxima, 5 * means)


def test_bars_are_the_last_looks_means_and_maxima(table):
    figure = flow_figure(table, "16")
    for axis, scale in zip(figure.axes, (1, 2), strict=True):
        heights = [bar.get_height() for bar in axis.patches]
        means = [scale * value(200, index) for index in range(3)]
        np.testing.assert_allclose(heights, [*(5 * mean for mean in means), *means])
        labels = [text.get_text() for text in axis.get_xticklabels()]
        assert labels == ["0 Conv", "1 BatchNorm", "3 Conv"]
    assert figure.axes[0].get_title() == "D, step 200"


def test_one_odd_look_does_not_make_the_bars(tmp_path):
    rows = [
        {"step": step, "network": network, "layer": "0 Conv2d", "mean": mean, "max": mean}
        for step in range(1, 31)
        for network in ("generator", "discriminator")
        for mean in [1000.0 if step in (1, 30) else 0.5]
    ]
    write_table(tmp_path / "gradients.csv", rows)
    for axis in flow_figure(tmp_path / "gradients.csv", "16").axes:
        assert {bar.get_height() for bar in axis.patches} == {0.5}
        assert "steps 28–30" in axis.get_title()


def test_lines_are_the_means_over_all_steps(table):
    figure = flow_over_time_figure(table, "16")
    for axis, scale in zip(figure.axes, (1, 2), strict=True):
        assert [line.get_label() for line in axis.get_lines()] == [short_name(x) for x in LAYERS]
        for index, line in enumerate(axis.get_lines()):
            steps, means = line.get_data()
            np.testing.assert_allclose(means, [scale * value(step, index) for step in steps])


def test_dead_layers_can_be_drawn_and_the_same_numbers_give_the_same_file(tmp_path):
    rows = [
        {"step": 1, "network": network, "layer": layer, "mean": dead, "max": dead}
        for network in ("generator", "discriminator")
        for layer, dead in (("layers.0 Conv2d", 0.0), ("layers.2 Conv2d", float("nan")))
    ]
    write_table(tmp_path / "gradients.csv", rows)
    for draw in (draw_flow, draw_flow_over_time):
        for name in ("a.png", "b.png"):
            draw(tmp_path / "gradients.csv", tmp_path / name, "16")
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_table_that_is_not_whole_is_refused(table, tmp_path):
    lines = table.read_text().splitlines()
    (tmp_path / "cut.csv").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(UserError, match=r"cut\.csv: not every look"):
        draw_flow(tmp_path / "cut.csv", tmp_path / "flow.png", "16")
    (tmp_path / "one.csv").write_text("\n".join(x for x in lines if "generator" not in x) + "\n")
    with pytest.raises(UserError, match=r"one\.csv: no gradients of the generator"):
        draw_flow_over_time(tmp_path / "one.csv", tmp_path / "flow.png", "16")
    assert not (tmp_path / "flow.png").exists()
