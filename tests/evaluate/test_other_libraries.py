"""Scores against the libraries that define them, on the same features."""

import numpy as np
import pytest

from dcgan_core.evaluate.distances import frechet_distance, kernel_distance
from dcgan_core.evaluate.fidelity import scores


def features(seed, rows, dimension, mean=0.4):
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(dimension, dimension)) / dimension**0.5
    return np.maximum(rng.normal(mean, 1.0, (rows, dimension)) @ mix + 0.3, 0)


REAL, FAKE = features(0, 400, 32), features(1, 350, 32, 0.55)


def test_frechet_equals_torch_fidelitys():
    library = pytest.importorskip("torch_fidelity.metric_fid")
    statistics = [
        {"mu": rows.mean(axis=0), "sigma": np.cov(rows, rowvar=False)} for rows in (REAL, FAKE)
    ]
    expected = library.fid_statistics_to_metric(*statistics, verbose=False)
    assert frechet_distance(REAL, FAKE) == pytest.approx(
        expected["frechet_inception_distance"], rel=1e-5
    )


def test_kernel_equals_torch_fidelitys():
    """One subset of all images is what theirs is then."""
    library = pytest.importorskip("torch_fidelity.metric_kid")
    import torch

    found = library.kid_features_to_metric(
        torch.from_numpy(REAL[:350]),
        torch.from_numpy(FAKE),
        kid_subsets=1,
        kid_subset_size=350,
        kid_kernel="poly",
        verbose=False,
        rng_seed=1,
    )
    expected = found["kernel_inception_distance_mean"]
    assert kernel_distance(REAL[:350], FAKE) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("neighbors", [5, 25])
def test_shares_equal_prdcs(neighbors):
    """Ours are of features of length 1, so theirs are given the same."""
    library = pytest.importorskip("prdc")
    real, fake = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (REAL, FAKE))
    expected = library.compute_prdc(real, fake, neighbors)
    found = scores(REAL, FAKE, neighbors, neighbors)
    for name, value in expected.items():
        assert value > 0
        assert found[name] == pytest.approx(value, abs=1e-5), name
