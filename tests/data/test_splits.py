"""Splits follow content, hold still when images come, and never cut a group."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan_core.data.splits import SPLITS, split_groups, split_of

share = st.floats(0.01, 0.4)


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


@given(share, share, st.floats(0, 0.1))
@settings(max_examples=30, deadline=None)
def test_a_larger_share_only_adds_to_the_test_split(
    validation: float, test: float, more: float
) -> None:
    for index in range(300):
        if split_of(digest(index), validation, test) == "test":
            assert split_of(digest(index), validation, test + more) == "test"


groups = st.dictionaries(
    st.text("abc-0123", min_size=1, max_size=5), st.integers(1, 60), min_size=3, max_size=80
)


@given(groups, share, share)
@settings(max_examples=200, deadline=None)
def test_groups_are_whole_and_shares_are_met(
    sizes: dict[str, int], validation: float, test: float
) -> None:
    images = [group for group, size in sizes.items() for _ in range(size)]
    assigned = split_groups(images, validation, test)
    assert assigned == split_groups(reversed(images), validation, test)
    assert set(assigned) == set(sizes)
    assert set(assigned.values()) == set(SPLITS)
    largest = max(sizes.values())
    for split, wanted in (("validation", validation), ("test", test)):
        filled = sum(sizes[group] for group, dealt in assigned.items() if dealt == split)
        assert abs(filled - wanted * len(images)) <= 3 * largest


def test_neighbouring_groups_are_spread() -> None:
    names = [f"block-{index:03d}" for index in range(100)]
    assigned = split_groups([name for name in names for _ in range(10)], 0.1, 0.1)
    assert Counter(assigned.values()) == {"train": 80, "validation": 10, "test": 10}
    for split in ("validation", "test"):
        places = [index for index, name in enumerate(names) if assigned[name] == split]
        assert {later - earlier for earlier, later in itertools.pairwise(places)} <= {9, 10, 11}


def test_fewer_than_three_groups_leave_a_split_empty() -> None:
    assert split_groups([], 0.1, 0.1) == {}
    assert split_groups(["a", "a"], 0.1, 0.1) == {"a": "train"}
    assert len(set(split_groups(["a", "b"], 0.1, 0.1).values())) == 2
