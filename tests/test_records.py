"""Records come back as they were, in a form that ``diff`` can show."""

import json

import pytest

from dcgan_core.errors import UserError
from dcgan_core.records import one_line_each, read_json, write_json


def test_broken_records_are_named(tmp_path):
    write_json(tmp_path / "r.json", {"ä": 1})
    assert read_json(tmp_path / "r.json") == {"ä": 1}
    (tmp_path / "bad.json").write_text("{")
    for name in ("bad.json", "none.json"):
        with pytest.raises(UserError, match=name):
            read_json(tmp_path / name)


def test_a_record_keeps_its_own_order(tmp_path):
    write_json(tmp_path / "r.json", {"b": [1, 2], "a": {"ü": None}})
    text = (tmp_path / "r.json").read_text(encoding="utf-8")
    assert text == '{\n "b": [\n  1,\n  2\n ],\n "a": {\n  "ü": null\n }\n}\n'


def test_listed_keys_have_one_line_an_element():
    record = {"mean": [0.5, 1], "images": [{"file": "ü"}, {"file": "b"}], "rejected": []}
    text = one_line_each(record, "images", "rejected")
    assert text.splitlines() == [
        "{",
        ' "mean": [0.5, 1],',
        ' "images": [',
        '  {"file": "ü"},',
        '  {"file": "b"}',
        " ],",
        ' "rejected": []',
        "}",
    ]
    assert json.loads(text) == record
