"""The table of metrics against the code that computes them and the settings that name them."""

from typing import get_args

import numpy as np
import pytest
from loading import modules_loaded_by

from dcgan_core.evaluate.fidelity import estimates, scores, side
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.params import Fidelity


def features(seed, mean=1.0):
    return np.random.default_rng(seed).normal(mean, 1.0, (40, 12))


def test_scores_are_the_metrics_in_their_order():
    """The names are a file format, the columns of ``fidelity.csv``; new ones come behind."""
    assert list(scores(features(0), features(1))) == list(METRICS)
    assert list(METRICS)[:6] == ["fd", "kid", "precision", "recall", "density", "coverage"]


def test_estimates_are_the_metrics_in_their_order():
    sides = [side(features(place), 5, (0, place)) for place in range(2)]
    assert list(estimates(*sides)) == list(METRICS)


@pytest.mark.parametrize("fake", [features(0), features(1), features(1, 2.0), features(1, -9.0)])
def test_scores_are_in_their_range(fake):
    for name, value in scores(features(0), fake).items():
        low, high = METRICS[name].range
        assert low <= value <= high, name


def test_the_better_set_has_lower_distances_and_higher_shares():
    near, far = scores(features(0), features(1)), scores(features(0), features(1, -9.0))
    for name in METRICS:
        if METRICS[name].kind == "distance":
            assert near[name] < far[name], name
        else:
            assert near[name] > far[name], name


def test_the_best_snapshot_is_chosen_by_a_metric():
    criteria = get_args(Fidelity.model_fields["criterion"].annotation)
    assert set(criteria) <= set(METRICS)


def test_the_table_of_metrics_needs_no_torch():
    assert "torch" not in modules_loaded_by("dcgan_core.evaluate.metrics")
