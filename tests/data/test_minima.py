"""What later stages need of each split is said before training, and is what they really need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from settings import ROOT

from dcgan_core.data.batches import RealBatches
from dcgan_core.data.minima import (
    BASE,
    FEWEST_HELD_OUT,
    Minimum,
    all_minima,
    check_folder,
    check_splits,
    check_total,
    fidelity_minima,
    training_minima,
)
from dcgan_core.data.pack import PackWriter
from dcgan_core.errors import UserError
from dcgan_core.evaluate import parzen_score
from dcgan_core.evaluate.fidelity import estimates, side
from dcgan_core.params import load_params
from dcgan_core.train.position import Position


def params(**changes):
    settings = {name.replace("__", "."): value for name, value in changes.items()}
    return load_params(ROOT / "params.yaml", settings)


def least(minima: list[Minimum], split: str) -> int:
    return max(one.least for one in minima if one.split == split)


@pytest.mark.parametrize("neighbors", [1, 2, 5, 25])
def test_fidelity_works_with_its_minimum_and_not_with_one_less(neighbors: int) -> None:
    needed = fidelity_minima(params(fidelity__neighbors=neighbors).fidelity)
    rng = np.random.default_rng(0)
    for split in ("train", "validation", "test"):
        few, many = rng.random((least(needed, split), 4)), rng.random((20, 4))
        for real, fake in ((few, many), (many, few), (few, few)):
            found = estimates(side(real, neighbors, (0, 0)), side(fake, neighbors, (0, 1)))
            assert all(np.isfinite([one.value, *one.interval]).all() for one in found.values())
        with pytest.raises(ValueError, match="at least"):
            side(few[1:], neighbors, 0)


def test_parzen_works_with_the_minimum_of_every_split() -> None:
    rng = np.random.default_rng(0)
    rows = {split: rng.random((least(list(BASE), split), 3)) for split in ("validation", "test")}
    centers = rng.random((2, 3))
    assert parzen_score.score(centers, rows["validation"], rows["test"], [0.1]).n_test == 2
    with pytest.raises(ValueError, match="at least 2"):
        parzen_score.score(centers, rows["validation"], rows["test"][1:], [0.1])


@pytest.mark.parametrize(("n_dis", "kind"), [(1, "new"), (3, "new"), (3, "same")])
def test_training_works_with_its_minimum_and_not_with_one_less(
    tmp_path: Path, n_dis: int, kind: str
) -> None:
    given = params(train__batch_size=4, train__n_dis=n_dis, train__n_dis_batch=kind)
    needed = least(training_minima(given.train, given.stabilise), "train")

    def start(count: int) -> Position:
        with PackWriter(tmp_path / "train.npy", 2, 2, 3, np.uint8) as pack:
            pack.append(np.zeros((count, 2, 2, 3), np.uint8))
        batches = RealBatches(tmp_path / "train.npy", 4, 0, False, torch.device("cpu"))
        return Position(len(batches), given.train)

    assert start(needed).total
    with pytest.raises(UserError):
        start(needed - 1)


def test_shipped_settings_need_no_more_held_out_images_than_the_drawing_leaves() -> None:
    needed = all_minima(params())
    assert least(needed, "validation") <= FEWEST_HELD_OUT
    assert least(needed, "test") <= FEWEST_HELD_OUT


def test_early_stopping_by_kid_needs_images_to_score() -> None:
    given = params(stabilise__stop_on="kid")
    assert least(training_minima(given.train, given.stabilise), "validation") == 2


def test_message_has_count_need_setting_and_remedy() -> None:
    given = params()
    with pytest.raises(UserError) as told:
        check_splits({"train": 60, "validation": 8, "test": 2}, all_minima(given), given.normalize)
    assert str(told.value) == (
        "70 usable images: the test split has 2 images and needs at least 6 (fidelity.neighbors = "
        "25, 5 for small sets). Remedy: add about 39 images (download in params.yaml), or raise "
        "normalize.test, or lower fidelity.neighbors = 25, 5 for small sets."
    )


def test_all_short_splits_are_told_in_one_line() -> None:
    given = params(train__batch_size=32)
    with pytest.raises(UserError) as told:
        check_splits({"train": 9, "validation": 1, "test": 0}, all_minima(given), given.normalize)
    for word in ("train split has 9", "validation split has 1", "test split has 0", "batch_size"):
        assert word in str(told.value)
    assert "\n" not in str(told.value)


def test_totals_that_cannot_do_are_told() -> None:
    needed = all_minima(params(train__batch_size=32))
    check_total(44, needed, "data/own")
    with pytest.raises(UserError, match=r"data/own: 43 images, but at least 44 .* Add 1 images"):
        check_total(43, needed, "data/own")


def test_folders_are_counted(tmp_path: Path) -> None:
    for split, count in (("train", 40), ("validation", 7), ("test", 3)):
        with PackWriter(tmp_path / f"{split}.npy", 2, 2, 3, np.uint8) as pack:
            pack.append(np.zeros((count, 2, 2, 3), np.uint8))
    given = params()
    with pytest.raises(UserError, match="the test split has 3 images and needs at least 6"):
        check_folder(tmp_path, fidelity_minima(given.fidelity), given.normalize)
    fewer = params(fidelity__neighbors=2)
    check_folder(tmp_path, all_minima(fewer), fewer.normalize)
