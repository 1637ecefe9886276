"""What the model card says of the settings and of the scores."""

import pytest
import yaml
from report.records import fidelity_record, files_of, run_record, write_project

from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.report.card import model_card, setting_lines


def listed(params):
    """Each listed section with its line."""
    return {line.partition(":")[0].removeprefix("- "): line for line in setting_lines(params)}


def test_every_section_that_shapes_the_model_is_listed_and_no_other(tiny):
    sections = [
        "download",
        "clean",
        "resize",
        "normalize",
        "model",
        "train",
        "objective",
        "stabilise",
        "watch",
    ]
    assert list(listed(tiny())) == sections


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("objective", "loss", "hinge"),
        ("stabilise", "augment", "ada"),
        ("watch", "action", "rollback"),
        ("train", "beta1", 0.25),
        ("resize", "filter", "box"),
    ],
)
def test_a_changed_setting_is_in_its_section(tiny, section, key, value):
    assert f" {key} {value}" in listed(tiny({f"{section}.{key}": value}))[section]


def test_an_empty_setting_is_left_out(tiny):
    archive = {"download.source": "archive"}
    assert "sha256" not in listed(tiny(archive))["download"]
    given = listed(tiny({**archive, "download.sha256": "0" * 64}))["download"]
    assert f"sha256 {'0' * 64}" in given


def test_settings_that_the_source_does_not_read_are_left_out(tiny):
    """Nothing reruns when they change, so a card that named them would grow stale."""
    assert "style" not in listed(tiny())["download"]
    assert "style open-peeps" in listed(tiny({"download.source": "avatars"}))["download"]


def card(tmp_path, params, fidelity=None, run=None):
    write_project(tmp_path, fidelity=fidelity, run=run)
    return model_card(params, files_of(tmp_path))


def header(text):
    assert text.startswith("---\n")
    return yaml.safe_load(text.split("---\n")[1])


def test_the_header_is_yaml_as_hugging_face_reads_it(tmp_path, tiny):
    record = fidelity_record(new_places=0.3)
    found = header(card(tmp_path, tiny(), record))
    assert found["pipeline_tag"] == "unconditional-image-generation"
    assert found["license"] == "other"
    assert {"dcgan", "gan", "earth"} < set(found["tags"])
    (model,) = found["model-index"]
    here, there = model["results"]
    assert (here["dataset"]["config"], there["dataset"]["config"]) == tuple(record["references"])
    for result, reference in ((here, "this_distribution"), (there, "new_places")):
        assert result["task"] == {"type": "unconditional-image-generation"}
        rows = record["references"][reference]["rows"]["best"]
        assert [entry["value"] for entry in result["metrics"]] == [
            rows[name]["value"] for name in METRICS
        ]
        # Named after its features, so that no score passes for one of other features.
        assert all(entry["type"].endswith("_some") for entry in result["metrics"])


def test_scores_have_intervals_and_stand_beside_those_of_real_images(tmp_path, tiny):
    text = card(tmp_path, tiny(), fidelity_record(new_places=0.3))
    assert "| Fréchet distance | 190.4 | 184.7 to 196.1 | 41.3 |  |" in text
    assert text.count("| coverage | ") == 2
    assert "| coverage | 0.199 | 0.162 to 0.247 | 0.893 | 22 % |" in text
    for row in ("uniform noise", "real, strongly blurred", "real training images"):
        assert text.count(f"| {row} | ") == 2, row
    assert "not FID" in text
    assert "The best snapshot covers 20 % of the held-out images" in text


def test_objective_stabilisers_and_the_watch_are_told(tmp_path, tiny):
    changes = {
        "objective.loss": "hinge",
        "objective.relativistic": True,
        "objective.r1_gamma": 0.25,
        "stabilise.augment": "ada",
        "train.ema_decay": 0.9,
    }
    note = {"step": 440, "words": "It collapses.", "advice": "Lower train.lr."}
    text = card(tmp_path, tiny(changes), run={**run_record(), "watch": [note]})
    assert "Objective: relativistic hinge, r1_gamma 0.25. Stabilisers: " in text
    assert "ema_decay 0.9, augment ada" in text
    assert "The watch, step 440: It collapses. Lower train.lr." in text
    assert "dropped: too small 3" in text


def test_pictures_with_alpha_are_told(tmp_path, tiny):
    record = fidelity_record()
    record["protocol"]["background"] = "#204060"
    text = card(tmp_path / "alpha", tiny({"resize.channels": 4}), record)
    assert "Transparency is put on #204060." in text
    assert "alpha.straight(images)" in text
    plain = card(tmp_path / "plain", tiny())
    assert "Transparency" not in plain
    assert "straight" not in plain
