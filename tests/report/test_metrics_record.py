"""The record of one size, from files whose numbers are known."""

import json

from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.report.card import score_rows
from dcgan_core.report.metrics import size_metrics
from dcgan_core.tables import write_table


def write_results(folder):
    """A run of two scored snapshots, the second the best."""
    best = {name: place / 8 for place, name in enumerate(METRICS)}
    record = {
        "protocol": {"extractor": "some-network", "extractor_short_name": "some"},
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


def test_the_table_of_scores_has_every_metric_between_its_controls(tmp_path):
    write_results(tmp_path)
    rows = score_rows(tmp_path)
    assert [list(values) for values in rows.values()] == [list(METRICS)] * 3
    assert list(rows)[1] == "best snapshot (epoch 4)"
