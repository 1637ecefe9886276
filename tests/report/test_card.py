"""What the model card says of the settings."""

import pytest

from dcgan_core.report.card import setting_lines


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
