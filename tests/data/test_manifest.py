"""A manifest that was edited or came from someone else is told by file, place and key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dcgan_core.data import manifest
from dcgan_core.errors import UserError

ENTRY = {"file": "images/a.png", "sha256": "0" * 64, "origin": "a.png"}


def record(**changes) -> dict:
    """What a manifest holds, any key changed; one that is None is left out."""
    whole = {
        "schema": 1,
        "source": "folder",
        "licence": "mine",
        "origin": "here",
        "files": [ENTRY, {**ENTRY, "file": "b.png", "group": "g", "licence": "CC0"}],
        "rejected": [{"file": "x", "reason": "no image"}],
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def put(folder: Path, content: dict) -> Path:
    (folder / "manifest.json").write_text(json.dumps(content))
    return folder


def test_a_whole_one_is_read(tmp_path: Path) -> None:
    read = manifest.read(put(tmp_path, record()))
    assert [entry.group for entry in read.files] == [None, "g"]
    assert read.rejected == [manifest.Rejected("x", "no image")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 2}, "schema 2, but this version reads schema 1"),
        ({"schema": "1"}, "schema = '1'"),
        ({"source": None}, 'has no "source"'),
        ({"licence": 3}, "licence = 3: must be text"),
        ({"files": {}}, "files = {}: must be a list"),
        ({"files": [3]}, "files[0]: holds 3 instead of a record"),
        ({"files": [ENTRY, {"file": "a.png"}]}, 'files[1]: has no "sha256"'),
        ({"files": [{**ENTRY, "file": ["a"]}]}, "files[0]: file = ['a']: must be text"),
        ({"files": [{**ENTRY, "group": 3}]}, "files[0]: group = 3: must be text"),
        ({"files": [{**ENTRY, "size": 3}]}, "files[0]: does not know 'size'"),
        ({"files": [{**ENTRY, "sha256": "abc"}]}, "files[0]: sha256 = 'abc'"),
        ({"files": [{**ENTRY, "file": "/etc/hostname"}]}, "leaves the folder"),
        ({"files": [{**ENTRY, "file": "images/../../x"}]}, "leaves the folder"),
        ({"files": [{**ENTRY, "file": "a\0b"}]}, "leaves the folder"),
        ({"rejected": [{"file": "x"}]}, 'rejected[0]: has no "reason"'),
    ],
)
def test_what_is_no_manifest_is_told_in_one_line(tmp_path: Path, changes, words) -> None:
    with pytest.raises(UserError, match=r"manifest\.json") as told:
        manifest.read(put(tmp_path, record(**changes)))
    assert words in str(told.value)
    assert "\n" not in str(told.value)
