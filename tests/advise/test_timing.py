"""The time told is that of the training's own steps."""

import pytest

from dcgan_core.advise.timing import steps_per_second, training_steps
from dcgan_core.progress import duration


def test_steps_are_measured_and_counted(tiny):
    params = tiny({"train.images": 100, "train.epochs": 0})
    assert steps_per_second(params, "cpu") > 0.1
    assert training_steps(params, 64) == 13
    assert training_steps(tiny({"train.epochs": 3}), 64) == 24


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.1, "about 5 s"),
        (43, "about 45 s"),
        (235, "about 4 min"),
        (3599, "about 1 h"),
        (7900, "about 2 h 10 min"),
        (86_400 * 2 + 3600, "about 2 d 1 h"),
    ],
)
def test_times_are_told_roughly(seconds, words):
    assert duration(seconds) == words
