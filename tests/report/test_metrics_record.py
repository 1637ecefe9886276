"""The record of one size, from files whose numbers are known."""

import json
import math

import pytest

from dcgan_core.errors import UserError
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.report.card import score_rows, scoring_line
from dcgan_core.report.metrics import size_metrics
from dcgan_core.report.sources import read_normalization, read_run
from dcgan_core.tables import write_table


def write_results(folder):
    """A run of two scored snapshots, the second the best."""
    best = {name: place / 8 for place, name in enumerate(METRICS)}
    record = {
        "protocol": {
            "extractor": "some-network",
            "extractor_short_name": "some",
            "resolution": 224,
            "samples": 64,
            "n_real": {"test": 16},
            "chosen_by": "lowest kid on the validation split",
        },
        "best": {"epoch": 4, "images": 32, **best},
        "controls": {"noise": best, "training_images": best},
    }
    (folder / "fidelity.json").write_text(json.dumps(record))
    rows = [
        {"epoch": epoch, "log_likelihood": epoch * 10.5, "nats_per_dimension": epoch / 4}
        for epoch in (1, 4)
    ]
    write_table(folder / "parzen.csv", rows)


def test_distances_are_named_by_their_extractor_and_shares_are_not(tmp_path):
    write_results(tmp_path)
    record = list(size_metrics(tmp_path).items())
    assert record[:8] == [
        ("best_epoch", 4),
        ("images", 32),
        ("fd_some", 0.0),
        ("kid_some", 0.125),
        ("precision", 0.25),
        ("recall", 0.375),
        ("density", 0.5),
        ("coverage", 0.625),
    ]
    assert record[-2:] == [("log_likelihood", 42.0), ("nats_per_dimension", 1.0)]
    assert len(record) == 4 + len(METRICS)


def test_on_inceptions_features_they_are_called_fid_and_kid(tmp_path):
    write_results(tmp_path)
    path = tmp_path / "fidelity.json"
    record = json.loads(path.read_text())
    record["protocol"] |= {"extractor": "inception", "extractor_short_name": "inception"}
    path.write_text(json.dumps(record))
    assert list(size_metrics(tmp_path))[2:5] == ["fid", "kid", "precision"]
    assert "at 224 px, 64 generated" in scoring_line(record["protocol"])
    assert "FID and KID compare only with" in scoring_line(record["protocol"])


def test_the_card_tells_what_a_network_of_any_size_saw(tmp_path):
    write_results(tmp_path)
    protocol = json.loads((tmp_path / "fidelity.json").read_text())["protocol"]
    told = scoring_line({**protocol, "resolution": "their own size"})
    assert "features at their own size, 64 generated" in told
    assert "They are not FID and compare only with" in told


def test_the_table_of_scores_has_every_metric_between_its_controls(tmp_path):
    write_results(tmp_path)
    rows = score_rows(tmp_path)
    assert [list(values) for values in rows.values()] == [list(METRICS)] * 3
    assert list(rows)[1] == "best snapshot (epoch 4)"


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("best",), None, 'has no "best.epoch"'),
        (("best", "epoch"), "four", "best.epoch = 'four': must be a whole number"),
        (("best", "epoch"), True, "best.epoch = True"),
        (("best", "kid"), [0.5], r"best.kid = \[0.5\]: must be a number"),
        (("best", "kid"), math.nan, "NaN is no finite number"),
        (("controls", "noise"), {}, 'has no "controls.noise.fd"'),
        (("protocol", "n_real"), 16, 'has no "protocol.n_real.test"'),
    ],
)
def test_scores_that_are_not_whole_are_named(tmp_path, place, value, words):
    write_results(tmp_path)
    record = json.loads((tmp_path / "fidelity.json").read_text())
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (tmp_path / "fidelity.json").write_text(json.dumps(record))
    for read in (size_metrics, score_rows):
        with pytest.raises(UserError, match=rf"fidelity\.json.*{words}.*Delete it") as told:
            read(tmp_path)
        assert "\n" not in str(told.value)


def test_the_best_snapshot_must_be_in_the_parzen_table(tmp_path):
    write_results(tmp_path)
    table = tmp_path / "parzen.csv"
    write_table(table, [{"epoch": 1, "log_likelihood": 1.0, "nats_per_dimension": 1.0}])
    with pytest.raises(UserError, match=r"parzen\.csv: has no row of epoch 4"):
        size_metrics(tmp_path)
    write_table(table, [{"epoch": 4, "log_likelihood": 1.0}])
    with pytest.raises(UserError, match=r"parzen\.csv: has no column 'nats_per_dimension'"):
        size_metrics(tmp_path)


def test_the_cards_other_records_are_checked_too(tmp_path):
    (tmp_path / "run.json").write_text('{"epochs": 3, "images": "many"}')
    with pytest.raises(UserError, match=r"run\.json: images = 'many'"):
        read_run(tmp_path)
    (tmp_path / "normalization.json").write_text('{"counts": {"train": 3}}')
    with pytest.raises(UserError, match=r'normalization\.json: has no "counts.validation"'):
        read_normalization(tmp_path)
