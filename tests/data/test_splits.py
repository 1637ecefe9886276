"""Splits follow content, hold still when images come, and never cut a group."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan_core.data.splits import hold_out_groups, split_images, split_of

share = st.floats(0.01, 0.4, allow_subnormal=False)


def digest(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


def test_the_drawing_is_fixed_for_ever() -> None:
    letters = {"train": "-", "validation": "v", "test": "t"}
    drawn = "".join(letters[split_of(digest(index), 0.2, 0.1)] for index in range(40))
    assert drawn == "----t--t-t-v---vt----t-vv------tvt-v---v"


@given(share, share)
@settings(max_examples=30, deadline=None)
def test_proportions_are_binomial(validation: float, test: float) -> None:
    count = 4000
    found = Counter(split_of(digest(index), validation, test) for index in range(count))
    for split, expected in (("validation", validation), ("test", test)):
        sigma = math.sqrt(count * expected * (1 - expected))
        assert abs(found[split] - count * expected) < 5 * sigma + 1


@given(share, share, st.floats(0, 0.1, allow_subnormal=False))
@settings(max_examples=30, deadline=None)
def test_a_larger_share_only_adds_to_the_test_split(
    validation: float, test: float, more: float
) -> None:
    for index in range(300):
        if split_of(digest(index), validation, test) == "test":
            assert split_of(digest(index), validation, test + more) == "test"


groups = st.dictionaries(
    st.text("abc-0123", min_size=1, max_size=5), st.integers(1, 60), min_size=4, max_size=80
)


@given(groups, share)
@settings(max_examples=200, deadline=None)
def test_the_share_held_out_is_met_and_the_order_does_not_matter(
    sizes: dict[str, int], wanted: float
) -> None:
    images = [group for group, size in sizes.items() for _ in range(size)]
    held_out = hold_out_groups(images, wanted)
    assert held_out == hold_out_groups(reversed(images), wanted)
    assert 1 <= len(held_out) < len(sizes)
    filled = sum(sizes[group] for group in held_out)
    assert abs(filled - wanted * len(images)) <= max(sizes.values())


def test_groups_held_out_are_spread() -> None:
    names = [f"block-{index:03d}" for index in range(100)]
    held_out = hold_out_groups([name for name in names for _ in range(10)], 0.1)
    places = [index for index, name in enumerate(names) if name in held_out]
    assert len(places) == 10
    assert {later - earlier for earlier, later in itertools.pairwise(places)} <= {9, 10, 11}


def test_few_groups_or_no_share_hold_out_none() -> None:
    assert hold_out_groups([], 0.1) == set()
    assert hold_out_groups(["a", "b", "c"], 0.1) == set()
    assert hold_out_groups(["a", "b", "c", "d", "d"], 0.1) == {"a"}
    assert hold_out_groups(["a", "b", "c", "d"], 0) == set()


@given(st.integers(0, 10_000), st.integers(24, 400), share, share)
@settings(max_examples=100, deadline=None)
def test_small_sets_get_enough_held_out_images_and_others_keep_theirs(
    start: int, count: int, validation: float, test: float
) -> None:
    hashes = [digest(index) for index in range(start, start + count)]
    before = [split_of(one, validation, test) for one in hashes]
    after = split_images(hashes, validation, test, 6)
    found, drawn = Counter(after), Counter(before)
    assert min(found["validation"], found["test"]) >= 6
    if min(drawn["validation"], drawn["test"]) >= 6:
        assert after == before
    else:
        assert found["test"] == max(drawn["test"], 6)
        assert found["validation"] == max(drawn["validation"], 6)


def test_of_shipped_shares_every_set_of_60_images_works() -> None:
    for start in range(0, 6000, 60):
        hashes = [digest(index) for index in range(start, start + 60)]
        found = Counter(split_images(hashes, 0.1, 0.1, 6))
        assert min(found["validation"], found["test"]) >= 6
        assert found["train"] >= 32


def test_copies_stay_together_and_the_order_does_not_matter() -> None:
    hashes = [digest(index % 30) for index in range(60)]
    after = split_images(hashes, 0.02, 0.02, 6)
    assert after[:30] == after[30:]
    assert split_images(hashes[::-1], 0.02, 0.02, 6) == after[::-1]


def test_too_few_images_are_left_as_they_are_drawn() -> None:
    hashes = [digest(index) for index in range(23)]
    assert split_images(hashes, 0.1, 0.1, 6) == [split_of(one, 0.1, 0.1) for one in hashes]
