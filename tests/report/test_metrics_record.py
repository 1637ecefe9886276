"""The record of one size, from files whose numbers are known."""

import json
import math

import pytest
from report.records import fidelity_record, parzen_rows, run_record, write_results

from dcgan_core.errors import UserError
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.report.metrics import size_metrics
from dcgan_core.report.scores import references
from dcgan_core.report.sources import (
    read_fidelity,
    read_normalization,
    read_parzen_row,
    read_resized,
    read_run,
)
from dcgan_core.tables import write_table


def test_distances_are_named_by_their_extractor_and_shares_are_not(tmp_path):
    write_results(tmp_path)
    record = size_metrics(tmp_path)
    names = ["fd_some", "kid_some", "precision", "recall", "density", "coverage"]
    each = [f"{name}{end}" for name in names for end in ("", "_low", "_high", "_real")]
    assert list(record) == [
        "best_images",
        *each,
        "repeated",
        "copied",
        "log_likelihood",
        "log_likelihood_error",
        "nats_per_dimension",
        "sigma",
        "sigma_at_edge",
        "n_test",
    ]
    best = fidelity_record()["references"]["this_distribution"]["rows"]["best"]
    assert [record[name] for name in names] == [best[name]["value"] for name in METRICS]
    assert (record["best_images"], record["repeated"]) == (32, 0.0125)
    assert (record["log_likelihood"], record["log_likelihood_error"]) == (42.0, 1.5)
    assert record["sigma_at_edge"] is False


def test_on_inceptions_features_they_are_called_fid_and_kid(tmp_path):
    record = fidelity_record()
    record["protocol"] |= {"extractor": "inception", "extractor_short_name": "inception"}
    write_results(tmp_path, record)
    names = list(size_metrics(tmp_path))
    assert [name for name in names if "_" not in name][:3] == ["fid", "kid", "precision"]


def test_further_scores_are_among_them_by_their_names(tmp_path):
    row = {"metric": "modes", "label": "modes covered", "value": 700, "meaning": "Kinds."}
    group = {"name": "Digits", "sentence": "Read.", "rows": [{**row, "low": 690, "high": None}]}
    write_results(tmp_path, {**fidelity_record(), "more": [group]})
    record = size_metrics(tmp_path)
    found = {name: value for name, value in record.items() if name.startswith("modes")}
    assert found == {"modes": 700, "modes_low": 690}


def test_new_places_have_names_of_their_own(tmp_path):
    write_results(tmp_path, fidelity_record(new_places=0.5))
    record = size_metrics(tmp_path)
    assert record["new_places"]["coverage"] == pytest.approx(record["coverage"] / 2)
    assert set(record["new_places"]) < set(record)


def test_what_is_no_finite_number_is_null(tmp_path):
    write_results(tmp_path)
    rows = parzen_rows()
    rows[1].update(log_likelihood=-math.inf, standard_error=math.nan)
    write_table(tmp_path / "parzen.csv", rows)
    record = size_metrics(tmp_path)
    assert record["log_likelihood"] is record["log_likelihood_error"] is None
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("schema",), 1, "schema 1, but this version reads schema 2"),
        (("best",), None, 'has no "best.epoch"'),
        (("best", "images"), "four", "best.images = 'four': must be a whole number"),
        (("best", "images"), True, "best.images = True"),
        (("best", "undecided"), 3, "best.undecided = 3: must be a list"),
        (("protocol", "samples"), None, "protocol.samples = None"),
        (("copies", "veto"), 1, "copies.veto = 1: must be text"),
        (("references",), {}, 'has no "references.this_distribution"'),
        (("references", "this_distribution", "n_real"), 1.5, "n_real = 1.5"),
        (("references", "this_distribution", "rows", "noise"), {}, 'noise: has no "fd.value"'),
        (
            ("references", "this_distribution", "rows", "best", "kid", "low"),
            [0.5],
            r"kid.low = \[0.5\]: must be a number",
        ),
        (
            ("references", "this_distribution", "rows", "best", "kid", "value"),
            math.nan,
            "NaN is no finite number",
        ),
        (("more",), {}, "more = {}: must be a list"),
        (("more",), [{"name": "x", "sentence": "y"}], r'more\[0\]: has no "rows"'),
        (
            ("more",),
            [
                {
                    "name": "x",
                    "sentence": "y",
                    "rows": [{"metric": "a", "label": "a", "value": "b", "meaning": ""}],
                }
            ],
            r"more\[0\].rows\[0\]: value = 'b'",
        ),
    ],
)
def test_scores_that_are_not_whole_are_named(tmp_path, place, value, words):
    record = fidelity_record()
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    write_results(tmp_path, record)
    with pytest.raises(UserError, match=rf"fidelity\.json.*{words}.*Delete it") as told:
        size_metrics(tmp_path)
    assert "\n" not in str(told.value)


def test_the_best_snapshot_must_be_in_the_parzen_table(tmp_path):
    write_results(tmp_path)
    table = tmp_path / "parzen.csv"
    write_table(table, parzen_rows()[:1])
    with pytest.raises(UserError, match=r"parzen\.csv: has no row of the snapshot after 32 images"):
        size_metrics(tmp_path)
    write_table(table, [{"images": 32, "log_likelihood": 1.0}])
    with pytest.raises(UserError, match=r"parzen\.csv: has no column 'nats_per_dimension'"):
        size_metrics(tmp_path)


def test_whether_sigma_is_at_the_edge_is_read_as_yes_or_no(tmp_path):
    rows = [{**row, "sigma_at_edge": row["images"] == 32} for row in parzen_rows()]
    write_table(tmp_path / "parzen.csv", rows)
    assert read_parzen_row(tmp_path, 8)["sigma_at_edge"] is False
    assert read_parzen_row(tmp_path, 32)["sigma_at_edge"] is True


def test_the_other_records_are_checked_too(tmp_path):
    (tmp_path / "run.json").write_text('{"epochs": 3, "steps": "many"}')
    with pytest.raises(UserError, match=r"run\.json: steps = 'many'"):
        read_run(tmp_path)
    for note, words in (("x", "instead of a record"), ({"step": 1}, 'has no "words"')):
        (tmp_path / "run.json").write_text(json.dumps({**run_record(), "watch": [note]}))
        with pytest.raises(UserError, match=rf"run\.json, watch\[0\]: .*{words}"):
            read_run(tmp_path)
    (tmp_path / "normalization.json").write_text('{"counts": {"train": 3}}')
    with pytest.raises(UserError, match=r'normalization\.json: has no "counts.validation"'):
        read_normalization(tmp_path)
    (tmp_path / "16.json").write_text('{"counts": {"kept": 3, "dropped": 0, "rejected": "no"}}')
    with pytest.raises(UserError, match=r"16\.json: counts.rejected = 'no'"):
        read_resized(tmp_path / "16.json")


RESIZED = {
    "height": 16,
    "width": 16,
    "channels": 3,
    "source": "folder",
    "licence": "own",
    "origin": "here",
    "images": [],
}


@pytest.mark.parametrize(
    ("dropped", "cleaning", "reasons"),
    [
        (0, None, {}),
        (3, None, {"unreadable": 3}),
        (3, {"too small": 2, "unreadable": 1}, {"too small": 2, "unreadable": 1}),
        (0, {}, {}),
    ],
)
def test_why_images_were_dropped(tmp_path, dropped, cleaning, reasons):
    record = {**RESIZED, "counts": {"kept": 9, "dropped": dropped, "rejected": 0}}
    if cleaning is not None:
        record["cleaning"] = {"checks": {}, "before": 9, "after": 9, "dropped": cleaning}
    (tmp_path / "16.json").write_text(json.dumps(record))
    assert read_resized(tmp_path / "16.json")["dropped"] == reasons


def test_bars_fill_their_width_and_never_leave_it(tmp_path):
    write_results(tmp_path, fidelity_record(new_places=0.5))
    for reference in references(read_fidelity(tmp_path)):
        for score in reference.scores.values():
            bars = score.bars()
            assert [bar.row for bar in bars] == list(score.values)
            assert max(bar.start + bar.reach for bar in bars) == pytest.approx(100, abs=0.02)
            for bar in bars:
                assert 0 <= bar.start <= bar.length <= bar.start + bar.reach + 0.02 <= 100.05
