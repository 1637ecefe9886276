"""A regularised linear L2-SVM on features, whose cost is chosen on held-out images."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..optional import require

COSTS = (0.01, 0.1, 1.0, 10.0)
"""The C that are tried, for features whose mean squared length is 1."""
ITERATIONS = 1000

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Classifier:
    """A trained one.

    With fewer training images than features, it works on coordinates in the training images' span.
    The SVM's weights lie in it whatever the features' number, so it loses nothing and is faster.

    Attributes:
        machine: scikit-learn's.
        mean: of the training images' features, which is subtracted.
        length: what they are divided by, so that C means the same for every network.
        basis: of the span; None where features are taken as they are.
    """

    machine: Any
    mean: npt.NDArray[np.float64]
    length: float
    basis: npt.NDArray[np.float64] | None

    @property
    def cost(self) -> float:
        """The SVM's C."""
        return self.machine.C

    def predict(self, features: Features) -> npt.NDArray[np.str_]:
        """The class of each row of features N×F."""
        return self.machine.predict(self.coordinates(features))

    def coordinates(self, features: Features) -> npt.NDArray[np.float64]:
        """What the machine gets to see of features N×F."""
        rows = (features - self.mean) / self.length
        return rows if self.basis is None else rows @ self.basis


def fit(
    train: Features,
    train_labels: Sequence[str],
    validation: Features,
    validation_labels: Sequence[str],
    needed_by: str,
    costs: Sequence[float] = COSTS,
) -> Classifier:
    """One class against the rest, squared hinge loss.

    All features are moved by the training images' mean and divided by one number, which changes
    nothing about which classifiers there are. C is the one that gets most of the validation images
    right, of equally good ones the smallest. The same input gives the same classifier. N training
    images take about 24·N·F bytes.

    Args:
        train: N×F.
        train_labels: N names, two different ones at least.
        validation: M×F.
        validation_labels: M names.
        needed_by: what asks for scikit-learn, for the message.
        costs: the C to choose from.

    Raises:
        UserError: scikit-learn is not installed.
    """
    mean = train.mean(axis=0, dtype=np.float64)
    centred = train - mean
    # All images alike have a length of 0.
    length = math.sqrt(np.square(centred).sum(axis=1).mean()) or 1.0
    rows = centred / length
    basis = None
    if len(train) < train.shape[1]:
        basis, _ = np.linalg.qr(rows.T)
        rows = rows @ basis
    found = [
        Classifier(_fitted(rows, train_labels, cost, needed_by), mean, length, basis)
        for cost in sorted(costs)
    ]
    names = np.array(validation_labels)
    seen = found[0].coordinates(validation)
    return max(found, key=lambda one: int((one.machine.predict(seen) == names).sum()))


def _fitted(
    rows: npt.NDArray[np.float64], labels: Sequence[str], cost: float, needed_by: str
) -> Any:
    needed = ("scikit-learn", needed_by)
    svm = require("sklearn.svm", *needed)
    # Primal and dual have one solution, which is found sooner by that of fewer unknowns. The dual's
    # order of images is seeded.
    dual = len(rows) <= rows.shape[1]
    machine = svm.LinearSVC(
        C=cost, dual=dual, loss="squared_hinge", random_state=0, max_iter=ITERATIONS
    )
    with warnings.catch_warnings():
        # One that has not converged is a classifier, too: the validation images choose.
        warnings.simplefilter("ignore", require("sklearn.exceptions", *needed).ConvergenceWarning)
        return machine.fit(rows, np.array(labels))
