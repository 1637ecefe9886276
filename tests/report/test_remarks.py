"""What is made of scores: each rule by records that it is about, and by those next to them."""

import pytest
from report.records import fidelity_record

from dcgan_core.report.remarks import FEW, remarks


def kinds(record):
    return [remark.kind for remark in remarks(record)]


def text(record, kind):
    (found,) = [remark.text for remark in remarks(record) if remark.kind == kind]
    return found


def rows_of(record, reference="this_distribution"):
    return record["references"][reference]["rows"]


def set_score(record, row, name, value, low, high, reference="this_distribution"):
    rows = rows_of(record, reference)
    found = {"value": value, "low": low, "high": high}
    if "of_real" in rows[row][name]:
        found["of_real"] = value / rows["real"][name]["value"]
    rows[row][name] = found


def test_of_good_scores_only_what_was_reached_is_said():
    record = fidelity_record(new_places=0.8)
    assert kinds(record) == ["reached"]
    # 0.21 and 0.94, as coverage is the sixth score.
    assert text(record, "reached") == (
        "The best snapshot covers 20 % of the held-out images (16 % to 25 %); real training images "
        "cover 89 %."
    )


@pytest.mark.parametrize(("images", "told"), [(FEW - 1, True), (FEW, False)])
def test_few_held_out_images(images, told):
    record = fidelity_record()
    record["references"]["this_distribution"]["n_real"] = images
    assert ("few held out" in kinds(record)) == told
    if told:
        assert f"only {images} held-out images" in text(record, "few held out")


@pytest.mark.parametrize(
    ("row", "kind"), [("noise", "like noise"), ("strongly_blurred", "like blur")]
)
@pytest.mark.parametrize(("low", "told"), [(0.0399, True), (0.0401, False)])
def test_coverage_that_overlaps_a_controls(row, kind, low, told):
    record = fidelity_record()
    set_score(record, row, "coverage", 0.02, 0.01, 0.04)
    set_score(record, "best", "coverage", 0.05, low, 0.06)
    assert (kind in kinds(record)) == told


@pytest.mark.parametrize("row", ["noise", "strongly_blurred"])
def test_coverage_below_a_controls(row):
    record = fidelity_record()
    set_score(record, row, "coverage", 0.2, 0.19, 0.21)
    set_score(record, "best", "coverage", 0.05, 0.04, 0.06)
    told = " ".join(remark.text for remark in remarks(record))
    assert "By coverage the samples are worse than" in told


@pytest.mark.parametrize("row", ["noise", "strongly_blurred"])
@pytest.mark.parametrize(
    ("name", "better", "worse"), [("precision", 0.99, 0.0), ("fd", 0.1, 1e4)], ids=["up", "down"]
)
def test_scores_that_rate_bad_images_above_real_ones(row, name, better, worse):
    record = fidelity_record(new_places=0.8)
    set_score(record, row, name, worse, worse, worse, "new_places")
    assert "misled" not in kinds(record)
    set_score(record, row, name, better, better, better, "new_places")
    label = {"precision": "precision", "fd": "Fréchet distance"}[name]
    assert text(record, "misled").endswith(f"do not go by them: {label} on new places.")


def test_a_best_snapshot_with_a_veto():
    record = fidelity_record()
    record["best"]["vetoed"] = {"1": "repeats itself"}
    assert "vetoed" not in kinds(record)
    record["copies"]["veto"] = "copies training images"
    assert "The best snapshot copies training images" in text(record, "vetoed")
    record["best"] |= {"all_vetoed": True, "vetoed": {"1": "repeats itself", "4": "repeats itself"}}
    assert text(record, "vetoed").endswith("So do all others.")
    assert remarks(record)[1].kind == "vetoed"


def test_recall_of_0():
    record = fidelity_record()
    set_score(record, "best", "recall", 0.0, 0.0, 0.005)
    assert "no variety" in kinds(record)
    set_score(record, "best", "recall", 0.001, 0.0, 0.005)
    assert "no variety" not in kinds(record)


@pytest.mark.parametrize(("part", "told"), [(0.49, True), (0.51, False)])
def test_new_places_that_are_much_worse(part, told):
    record = fidelity_record(new_places=part)
    set_score(record, "best", "coverage", 0.4, 0.38, 0.42)
    set_score(record, "best", "coverage", 0.4 * part, 0.15, 0.25, "new_places")
    assert ("new places" in kinds(record)) == told


def test_new_places_that_only_seem_much_worse():
    record = fidelity_record(new_places=0.3)
    set_score(record, "best", "coverage", 0.06, 0.0, 0.30, "new_places")
    assert "new places" not in kinds(record)


@pytest.mark.parametrize(("low", "told"), [(43.7, True), (43.9, False)])
def test_a_frechet_distance_at_the_level_of_real_images(low, told):
    record = fidelity_record()
    set_score(record, "best", "fd", 46.0, low, 48.0)
    assert ("at real level" in kinds(record)) == told


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([9000], "but that after 9,000 is not told from it"),
        ([7, 9, 11], "but those after 7, 9 and 11 are not told from it"),
    ],
)
def test_snapshots_that_are_not_told_from_the_best(images, words):
    record = fidelity_record()
    record["best"]["undecided"] = images
    assert words in text(record, "undecided")
