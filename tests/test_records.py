"""Records come back as they were, in a form that ``diff`` can show."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan_core.errors import UserError
from dcgan_core.records import check_keys, one_line_each, read_json, write_json


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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' * 100_000, "nested too deeply"),
        (b'{"loss": NaN}', "NaN is no finite number"),
        (b'{"loss": [-Infinity]}', "-Infinity is no finite number"),
        (b'{"loss": 1e400}', "the number 1e400 is too large"),
        (b'{"n": ' + b"1" * 100_000 + b"}", "a whole number of 100000 digits"),
        (b'{"a": 1, "b": {"x": 1, "x": 2}}', "the key 'x' is given twice"),
        (b"[1, 2]", "holds a list instead of a record"),
        (b"null", "holds null instead of a record"),
        ('{"ä": 1}'.encode("latin-1"), "not UTF-8 text at byte 2"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8 text at byte 0"),
        (b'{"licence": "\\ud800"}', "half a character"),
        (b"", "Expecting value"),
    ],
)
def test_what_is_no_record_is_told_in_one_line(tmp_path, content, words):
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"r\.json: not a valid JSON record.*Delete it") as told:
        read_json(path)
    assert words in str(told.value)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300 + len(str(path))


def test_a_byte_order_mark_is_no_fault(tmp_path):
    (tmp_path / "r.json").write_bytes('\ufeff{"ä": "😀"}'.encode())
    assert read_json(tmp_path / "r.json") == {"ä": "😀"}


def test_a_folder_and_links_in_a_loop_are_told(tmp_path):
    (tmp_path / "loop.json").symlink_to("loop.json")
    (tmp_path / "folder.json").mkdir()
    for name in ("loop.json", "folder.json"):
        with pytest.raises(UserError, match=f"{name}: cannot be read"):
            read_json(tmp_path / name)


def test_keys_are_found_in_records_within_and_may_be_optional():
    record = {"best": {"epoch": 3, "kid": 1}, "note": None}
    wanted = {"best.epoch": int, "best.kid": (int, float)}
    check_keys("r.json", record, wanted, {"note": (str, type(None)), "other": str})
    for wrong, words in (
        ({"best.step": int}, 'has no "best.step"'),
        ({"best.epoch.x": int}, 'has no "best.epoch.x"'),
        ({"best.epoch": str}, "best.epoch = 3: must be text"),
        ({"note": dict}, "note = None: must be a record"),
        ({"best.epoch": bool}, "must be true or false"),
    ):
        with pytest.raises(UserError, match=words):
            check_keys("r.json", record, wrong)
    with pytest.raises(UserError, match="note = None: must be text"):
        check_keys("r.json", record, {}, {"note": str})


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(record=st.dictionaries(st.text(st.characters(codec="utf-8")), plain))
def test_whatever_is_written_comes_back(tmp_path_factory, record):
    path = tmp_path_factory.getbasetemp() / "any.json"
    write_json(path, record)
    assert read_json(path) == record


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    content=st.binary(max_size=40)
    | st.text(alphabet='{}[]",:\\u019dNaInfity.eE+- ', max_size=40).map(str.encode)
)
def test_any_bytes_are_a_record_or_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "bytes.json"
    path.write_bytes(content)
    record, told = {}, ""
    try:
        record = read_json(path)
    except UserError as error:
        told = str(error)
    assert "\n" not in told
    assert isinstance(record, dict)
    assert all(math.isfinite(x) for x in record.values() if isinstance(x, float))
