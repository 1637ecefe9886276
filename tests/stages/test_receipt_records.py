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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "holds a list"),
        ("{}", 'has no "schema"'),
        ('{"schema": 1}', 'has no "outputs"'),
        ('{"schema": 1, "outputs": [], "built_on": {}}', r"outputs = \[\]"),
        ('{"schema": 1, "outputs": {}, "built_on": {"a": 3}}', "a = 3: must be a hash"),
    ],
)
def test_a_broken_receipt_is_named(tmp_path, content, words):
    put(tmp_path, "train@16.json", content)
    for look in (altered, outdated):
        with pytest.raises(UserError, match=rf"train@16\.json.*{words}.*Delete it"):
            look(TRAIN, "16", tmp_path)


def test_a_receipt_of_another_schema_says_nothing(tmp_path):
    put(tmp_path, "train@16.json", '{"schema": 7, "outputs": 3}')
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
