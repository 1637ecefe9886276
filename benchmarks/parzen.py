"""Parzen log-likelihood: ours beside scipy's and scikit-learn's, in one interleaved run.

The naive route is scipy's cdist with logsumexp, whole distance matrix in memory; KernelDensity
is scikit-learn's, at its default tolerances. Each repeat times every route in turn, so that a
busy machine slows all alike; the table shows the fastest repeat.

    python benchmarks/parzen.py
    python benchmarks/parzen.py --centers 10000 --points 10000 --dimensions 784 12288 --repeats 1
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from sklearn.neighbors import KernelDensity

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from dcgan_core.evaluate.parzen import log_likelihood, log_likelihoods

Route = Callable[[np.ndarray, np.ndarray, list[float]], np.ndarray]


def with_scipy(centers: np.ndarray, points: np.ndarray, sigmas: list[float]) -> np.ndarray:
    """The formula as written, distances anew for each bandwidth."""
    count, dimension = centers.shape
    return np.array(
        [
            logsumexp(-cdist(points, centers, "sqeuclidean") / (2 * sigma**2), axis=1)
            - math.log(count)
            - dimension * math.log(sigma * math.sqrt(2 * math.pi))
            for sigma in sigmas
        ]
    )


def with_sklearn(centers: np.ndarray, points: np.ndarray, sigmas: list[float]) -> np.ndarray:
    """KernelDensity at its defaults."""
    return np.array(
        [KernelDensity(bandwidth=sigma).fit(centers).score_samples(points) for sigma in sigmas]
    )


def with_ours(centers: np.ndarray, points: np.ndarray, sigmas: list[float]) -> np.ndarray:
    """One distance pass for all bandwidths."""
    if len(sigmas) == 1:
        return log_likelihood(centers, points, sigmas[0])[None]
    return log_likelihoods(centers, points, sigmas)


ROUTES: dict[str, Route] = {
    "scipy cdist + logsumexp": with_scipy,
    "sklearn KernelDensity": with_sklearn,
    "dcgan_core": with_ours,
}


def images(rng: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    """Made-up images in [0,1]: a few smooth components and a little noise, as digits have."""
    basis = np.random.default_rng(0).normal(size=(20, dimension))
    codes = rng.normal(size=(rows, 20)) @ basis / 20
    return np.clip(0.5 + codes + rng.normal(scale=0.02, size=codes.shape), 0, 1)


def compare(centers: np.ndarray, points: np.ndarray, sigmas: list[float], repeats: int) -> None:
    """Time every route on the same data and print one table."""
    seconds = dict.fromkeys(ROUTES, math.inf)
    values = {}
    for _ in range(repeats):
        for name, route in ROUTES.items():
            start = time.perf_counter()
            values[name] = route(centers, points, sigmas)
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    naive, ours = "scipy cdist + logsumexp", seconds["dcgan_core"]
    print(
        f"\n{len(centers)} centres, {len(points)} points, D = {centers.shape[1]}, "
        f"{len(sigmas)} sigma(s), {torch.get_num_threads()} threads, best of {repeats}"
    )
    print(f"{'route':<26}{'seconds':>10}{'ours is':>11}{'max error, nats':>18}")
    for name in ROUTES:
        error = np.abs(values[name] - values[naive]).max()
        shown = "reference" if name == naive else f"{error:.1e}"
        print(f"{name:<26}{seconds[name]:>10.3f}{seconds[name] / ours:>10.1f}x{shown:>18}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--centers", type=int, default=400, help="generated images (default 400)")
    add("--points", type=int, default=200, help="images scored (default 200)")
    add("--dimensions", type=int, nargs="+", default=[784, 12_288], help="values an image")
    add("--sigmas", type=int, nargs="+", default=[1, 10], help="how many bandwidths")
    add("--repeats", type=int, default=2, help="timings of each route (default 2)")
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    for dimension in args.dimensions:
        centers = images(rng, args.centers, dimension)
        points = images(rng, args.points, dimension)
        for count in args.sigmas:
            sigmas = [0.2] if count == 1 else list(np.logspace(-1, 0, count))
            compare(centers, points, sigmas, args.repeats)


if __name__ == "__main__":
    main()
