"""Each rule proposes what it says, and flags win over it."""

from pathlib import Path

import numpy as np
import pytest
from settings import ROOT

from dcgan_core.advise import rules
from dcgan_core.advise.photos import Photos
from dcgan_core.advise.proposal import Wishes, propose
from dcgan_core.advise.survey import Survey
from dcgan_core.errors import UserError
from dcgan_core.params import load_params


def found(count, height=100, width=100, **more) -> Survey:
    """A survey of that many pictures without a side, all of one size."""
    photos = Photos("data/own", "folder", [("a", Path("a"))] * count, [])
    tones = np.random.default_rng(0).integers(0, 256, (min(count, 50), 16, 16), dtype=np.uint8)
    survey = Survey(photos, np.tile([[height, width]], (count, 1)), tones=tones)
    for name, value in more.items():
        setattr(survey, name, value)
    return survey


def proposed(survey, **wishes):
    return propose(survey, Wishes(**wishes), ROOT).settings


@pytest.mark.parametrize(
    ("count", "recipe"),
    [(29, "few"), (30, "few"), (499, "few"), (500, "quick"), (19_999, "quick"), (20_000, "quick")],
)
def test_the_recipe_goes_by_the_number_of_images(count, recipe):
    proposal = propose(found(count), Wishes(), ROOT)
    told = {one.about: one.decided for one in proposal.choices}
    assert told["recipe"] == f"{recipe}-64"
    assert proposal.settings["train.images"] == (
        24_000 if recipe == "few" else 300_000 if count >= 20_000 else 40_000
    )


@pytest.mark.parametrize("count", [40, 700, 30_000])
@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_all_that_is_proposed_loads(count, device):
    load_params(ROOT / "params.yaml", proposed(found(count, 300, 200), device=device))


def test_copies_are_dropped_before_images_are_counted():
    settings = proposed(found(505, exact=4, near=6))
    assert settings["stabilise.augment"] == "ada"
    assert settings["clean.exact_duplicates"] is True
    assert settings["clean.near_duplicates"] == 6
    clean = proposed(found(505))
    assert (clean["clean.exact_duplicates"], clean["clean.near_duplicates"]) == (False, 0)
    alike = proposed(found(505, near=300))
    assert (alike["clean.near_duplicates"], alike["stabilise.augment"]) == (0, "none")


@pytest.mark.parametrize(
    ("height", "width", "count", "device", "size"),
    [
        (100, 100, 700, "cpu", "64"),
        (47, 47, 700, "cpu", "32"),
        (48, 48, 700, "cpu", "64"),
        (500, 500, 5000, "cpu", "64"),
        (500, 500, 5000, "gpu", "128"),
        (500, 500, 5000, "hpu", "128"),
        (500, 500, 1999, "gpu", "64"),
        (127, 127, 5000, "gpu", "64"),
        (100, 124, 700, "cpu", "64"),
        (100, 133, 700, "cpu", "64x80"),
        (150, 100, 700, "cpu", "96x64"),
        (100, 900, 700, "cpu", "64x128"),
        (400, 600, 5000, "gpu", "128x192"),
    ],
)
def test_the_size_suits_the_photos_and_the_device(height, width, count, device, size):
    assert proposed(found(count, height, width), device=device)["sizes"] == [size]


def test_what_will_be_enlarged_is_told():
    survey = found(700)
    survey.sides[:3] = (200, 60)
    size = next(one for one in propose(survey, Wishes(), ROOT).choices if one.about == "size")
    assert "3 smaller ones are enlarged" in size.reason


def test_a_rectangle_takes_four_fifths_of_one_way():
    survey = found(100, 100, 150)
    survey.sides[:21] = survey.sides[:21, ::-1]
    assert proposed(survey)["sizes"] == ["64"]
    survey.sides[20] = (100, 150)
    assert proposed(survey)["sizes"] == ["64x96"]


def test_channels_go_by_what_nearly_all_have_and_by_what_is_allowed(monkeypatch):
    assert proposed(found(100, grey=97))["resize.channels"] == 3
    assert proposed(found(100, grey=98))["resize.channels"] == 1
    transparent = found(100, transparent=50)
    for allowed, channels in (((1, 3), 3), ((1, 3, 4), 4)):
        monkeypatch.setattr(rules, "get_args", lambda _, allowed=allowed: allowed)
        assert proposed(transparent)["resize.channels"] == channels
    monkeypatch.setattr(rules, "get_args", lambda _: (1, 3, 4))
    assert proposed(found(100, transparent=49))["resize.channels"] == 3


@pytest.mark.parametrize(("count", "share"), [(40, 0.2), (120, 0.2), (160, 0.15), (240, 0.1)])
def test_small_sets_hold_out_a_larger_share(count, share):
    settings = proposed(found(count))
    assert settings["normalize.validation"] == settings["normalize.test"] == share
    assert share * count >= 20 or count < 120


def test_mirroring_is_off_for_photos_that_face_one_way():
    survey = found(100)
    assert proposed(survey)["train.flip"] is True
    survey.tones[:, :, :4] //= 4
    assert proposed(survey)["train.flip"] is False
    assert proposed(survey, recipe="best-64")["train.flip"] is False


def test_what_is_asked_for_wins():
    survey = found(700, 100, 150)
    settings = proposed(survey, size="128", images=5000, regime="few")
    assert settings["sizes"] == ["128"]
    assert (settings["train.images"], settings["train.epochs"]) == (5000, 0)
    assert settings["stabilise.augment"] == "ada"


def test_a_recipe_asked_for_brings_its_size_length_and_mirroring():
    settings = proposed(found(25_000, 100, 150), recipe="rect-157x128")
    assert settings["sizes"] == ["157x128"]
    assert (settings["train.images"], settings["train.epochs"]) == (0, 25)
    assert settings["train.flip"] is False
    assert proposed(found(700), recipe="rect-157x128", images=9)["train.epochs"] == 0
    with pytest.raises(UserError, match="did you mean best-64"):
        proposed(found(700), recipe="bst-64")


def test_every_choice_has_a_reason():
    for count in (40, 700, 30_000):
        for choice in propose(found(count), Wishes(), ROOT).choices:
            assert len(choice.reason) > 4, choice
