"""A receipt that was edited is told by file and key, or taken for none where that does."""

import json

import pytest
from settings import ROOT

from dcgan_core.errors import UserError
from dcgan_core.params import load_params
from dcgan_core.stages import STAGES
from dcgan_core.stages.own_files import own_files
from dcgan_core.stages.receipts import altered, outdated

TRAIN = STAGES["train"]


def put(root, name, content):
    path = root / "results/receipts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


WHOLE = {
    "schema": 2,
    "stage": "train",
    "size": "16",
    "key": "0" * 32,
    **{name: {} for name in ("settings", "code", "upstream", "made_with", "outputs", "files")},
    "built_on": {},
    "checksum": "0" * 64,
}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ([], "holds a list"),
        ({}, 'has no "schema"'),
        ({"schema": 2}, "not a receipt: stage"),
        ({"schema": 7}, "schema = 7, but this version reads 2"),
        ({**WHOLE, "outputs": []}, "not a receipt: outputs"),
        ({**WHOLE, "built_on": {"a": 3}}, "not a receipt: built_on.a"),
        ({**WHOLE, "more": 1}, "not a receipt: more"),
        ({**WHOLE, "stage": "gif"}, "is the receipt of gif@16"),
    ],
)
def test_a_broken_receipt_is_named(tmp_path, record, words):
    put(tmp_path, "train@16.json", json.dumps(record))
    for look in (altered, outdated):
        with pytest.raises(UserError, match=rf"train@16\.json.*{words}.*delete it"):
            look(TRAIN, "16", tmp_path)


def test_a_receipt_of_before_says_nothing(tmp_path):
    put(tmp_path, "train@16.json", '{"schema": 1, "outputs": 3}')
    assert altered(TRAIN, "16", tmp_path) == []


@pytest.mark.parametrize(
    "content", ["", "[" * 100_000, "[]", '{"built_on": 3}', '{"built_on": {"data/own": [1]}}']
)
def test_files_that_are_gone_and_were_never_known_are_missing(tmp_path, content):
    params = load_params(ROOT / "params.yaml", {"download.source": "folder"})
    (tmp_path / "data/raw/folder").mkdir(parents=True)
    put(tmp_path, "source.json", content)
    assert own_files(params, tmp_path) == "missing"
    put(tmp_path, "source.json", json.dumps({"built_on": {"data/own": "0" * 64}}))
    assert own_files(params, tmp_path) == "0" * 64
