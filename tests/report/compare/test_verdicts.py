"""Which of two runs is better, from records made by hand."""

from pathlib import Path

import pytest
from report.records import fidelity_record, run_record

from dcgan_core.report.compare.runs import Run
from dcgan_core.report.compare.verdicts import (
    compare_scores,
    sentences,
    setting_differences,
    why_not,
)


def run(name, record=None, settings=None, images=None):
    found = record or fidelity_record()
    return Run(name, "folder", Path("."), found, run_record(), settings or {}, images or {})


def with_score(metric, value, low, high, reference="this_distribution"):
    record = fidelity_record(new_places=0.5)
    rows = record["references"][reference]["rows"]
    rows["best"][metric] |= {"value": value, "low": low, "high": high}
    return record


# The first run's coverage is about .20 (.16 to .25), its Fréchet distance 190.4 (184.7 to 196.1).
VERDICTS = [
    ("coverage", 0.40, 0.35, 0.45, "better"),
    ("coverage", 0.05, 0.03, 0.08, "worse"),
    ("coverage", 0.22, 0.17, 0.28, "undecided"),
    # Intervals touch, but the difference is larger than both ends together by Pythagoras.
    ("coverage", 0.28, 0.24, 0.33, "better"),
    ("fd", 150.0, 145.0, 155.0, "better"),
    ("fd", 230.0, 225.0, 235.0, "worse"),
    ("fd", 192.0, 186.0, 198.0, "undecided"),
    ("kid", 0.05, 0.03, 0.07, "better"),
    ("recall", 0.5, 0.4, 0.6, "better"),
]


@pytest.mark.parametrize(("metric", "value", "low", "high", "verdict"), VERDICTS)
@pytest.mark.parametrize("reference", ["this_distribution", "new_places"])
def test_a_score_is_better_worse_or_undecided(metric, value, low, high, verdict, reference):
    first = run("a", fidelity_record(new_places=0.5))
    if reference == "new_places":
        rows = first.record["references"]
        rows[reference]["rows"] = rows["this_distribution"]["rows"]
    other = run("b", with_score(metric, value, low, high, reference))
    found = {one.reference: one for one in compare_scores([first, other])}[reference]
    assert found.refused == {}
    cells = {row.name: row.cells for row in found.rows}
    assert [cell.verdict for cell in cells[metric]] == ["", verdict]
    assert cells[metric][1].value.triple == (value, low, high)


def test_runs_that_are_the_same_are_undecided_by_every_score():
    (found,) = compare_scores([run("a"), run("b")])
    assert {row.cells[1].verdict for row in found.rows} == {"undecided"}
    (sentence,) = sentences(found, [run("a"), run("b")])
    assert sentence.startswith("b against a: undecided by coverage, ")


def changed(**parts):
    record = fidelity_record()
    record["protocol"] |= parts
    return record


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (changed(samples=320), "by another protocol: samples 320 instead of 640"),
        (changed(extractor="x"), "extractor x instead of some-network"),
        (changed(neighbors={"this_distribution": 5}), "neighbors 5 instead of 25"),
        (changed(seed=4), "seed 4 instead of 3"),
        (changed(new="thing"), "new thing instead of –"),
    ],
)
def test_scores_of_another_protocol_are_refused_in_words(record, words):
    runs = [run("a"), run("b", record), run("c")]
    (found,) = compare_scores(runs)
    assert words in found.refused["b"]
    for row in found.rows:
        assert row.cells[1].value is None
        assert row.cells[1].verdict == ""
        assert row.cells[2].verdict == "undecided"
    told = sentences(found, runs)
    assert told[0].startswith("b is not compared with a: scored by another protocol: ")


def test_how_a_snapshot_was_chosen_is_no_part_of_what_its_scores_mean():
    record = changed(criterion="kid", chosen_on="something", veto="else")
    assert why_not(run("a"), run("b", record), "this_distribution") == ""


def test_scores_on_other_real_images_are_refused():
    ours, theirs = {"test": "0" * 64}, {"test": "1" * 64}
    refused = why_not(run("a", images=ours), run("b", images=theirs), "this_distribution")
    assert refused == "scored on other real images"
    assert not why_not(run("a", images=ours), run("b", images=ours), "this_distribution")
    fewer = fidelity_record()
    fewer["references"]["this_distribution"]["n_real"] = 500
    assert "real images 500 instead of 600" in why_not(
        run("a"), run("b", fewer), "this_distribution"
    )


def test_without_receipts_noise_says_whether_real_images_are_the_same():
    other = fidelity_record()
    noise = other["references"]["this_distribution"]["rows"]["noise"]["fd"]
    noise["value"] *= 1.0005
    assert why_not(run("a"), run("b", other), "this_distribution") == ""
    noise["value"] *= 1.01
    assert why_not(run("a"), run("b", other), "this_distribution") == "scored on other real images"


def test_a_reference_that_only_one_has_is_told():
    runs = [run("a", fidelity_record(new_places=0.5)), run("b")]
    found = {one.reference: one for one in compare_scores(runs)}
    assert found["this_distribution"].refused == {}
    assert found["new_places"].refused == {"b": "it has no such scores"}


def test_settings_that_differ_with_every_runs_value():
    runs = [
        run("a", settings={"train.lr": 0.0005, "train.seed": 0, "model.ngf": 32}),
        run("b", settings={"train.lr": 0.00001, "train.seed": 0, "objective.loss": "bce"}),
        run("unknown"),
    ]
    assert setting_differences(runs) == [
        ("train.lr", ["0.0005", "0.00001", "–"]),
        ("model.ngf", ["32", "–", "–"]),
        ("objective.loss", ["–", "bce", "–"]),
    ]
    assert setting_differences([run("a"), run("b")]) == []
