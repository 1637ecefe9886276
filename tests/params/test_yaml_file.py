"""Files of settings that are hostile, damaged or no settings at all: one line each, at once."""

import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settings import ROOT

from dcgan_core.errors import UserError
from dcgan_core.params import load_params

WHOLE = (ROOT / "params.yaml").read_text(encoding="utf-8")
TENFOLD = ",".join(["*a{0}"] * 10)
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{TENFOLD.format(i - 1)}]\n" for i in range(1, 12))


def with_lr(text: str) -> bytes:
    """The shipped settings with another text after ``lr:``."""
    lines = ("  lr: " + text if line.startswith("  lr:") else line for line in WHOLE.splitlines())
    return "\n".join(lines).encode()


def with_sizes(text: str) -> bytes:
    lines = ("sizes: " + text if line.startswith("sizes:") else line for line in WHOLE.splitlines())
    return "\n".join(lines).encode()


CONTENTS = {
    "empty": (b"", "is empty"),
    "comments": (b"# nothing\n", "is empty"),
    "latin-1": (WHOLE.encode() + "# gr\xfcn\n".encode("latin-1"), "is not UTF-8"),
    "utf-16": (WHOLE.encode("utf-16"), "line 1 is not UTF-8"),
    "nul": (WHOLE.encode() + b"\0", "#x0000"),
    "tab": (WHOLE.encode() + b"gif2:\n\tlr: 3\n", "'\\t'"),
    "twice": (WHOLE.encode() + b"sizes: [64]\n", 'duplicate key "sizes"'),
    "two documents": (WHOLE.encode() + b"---\na: 1\n", "another document"),
    "list": (b"- 1\n", "found list"),
    "text": (b"hello\n", "found str"),
    "deep": (b"a: " + b"[" * 60_000, "brackets and commas"),
    "deep blocks": (b"- " * 30_000, "nested too deeply"),
    "rather deep": (b"a: " + b"[" * 50 + b"]" * 50, "nested more than"),
    "long list": (b"a: [" + b"1," * 30_000 + b"]", "brackets and commas"),
    "laughs": (LAUGHS.encode(), "aliases counted out"),
    "alias of itself": (b"a: &a [*a]\n", "within itself"),
    "large": (b"# " + b"x" * 100_000, "bytes long"),
    "code": (with_lr("!!python/object/apply:os.system [x]"), "could not determine"),
    "no such date": (with_lr("2020-99-99"), "month must be"),
    "surrogate": (with_lr(r'"\ud800"'), "no setting can have"),
    "nul in text": (with_lr(r'"a\0"'), "no setting can have"),
    "infinite": (with_lr("1e400"), "train.lr = inf"),
    "many digits": (with_lr("1" + "0" * 5000), "5001 digits"),
    "many hex digits": (with_lr("0x" + "f" * 5000), "a whole number of 20000 bits"),
    "long text": (with_lr("x" * 50_000), "train.lr = 'xxx"),
    "mapping": (with_lr("{a: 1}"), "train.lr = {'a': 1}"),
    "number as key": (WHOLE.encode() + b"3: 4\n", "3 is not a setting"),
    "list as key": (WHOLE.encode() + b"? [a]\n: 4\n", "is not a setting"),
    "line in a key": (WHOLE.encode() + b'"a\\nb": 4\n', "is not a setting"),
    "size with a line": (with_sizes(r'["64\n"]'), r'size "64\n"'),
    "full-width size": (with_sizes('["\uff16\uff14"]'), 'size "\uff16\uff14"'),
    "size of many digits": (with_sizes('["' + "9" * 5000 + '"]'), 'size "999'),
    "huge size": (with_sizes("[0x" + "f" * 5000 + "]"), "sizes = <a whole number"),
    "size true": (with_sizes("[true]"), "sizes = True"),
    "sizes within": (with_sizes("[[64]]"), "sizes = [64]"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_hostile_file_is_told_in_one_line_and_at_once(tmp_path, name):
    content, words = CONTENTS[name]
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    started = time.perf_counter()
    with pytest.raises(UserError, match=r"params\.yaml") as told:
        load_params(path)
    assert time.perf_counter() - started < 5
    assert words in str(told.value)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 600 + len(str(path))


def test_what_is_no_file_is_told(tmp_path):
    paths = {name: tmp_path / name for name in ("folder", "pipe", "loop", "missing")}
    paths["folder"].mkdir()
    os.mkfifo(paths["pipe"])
    paths["loop"].symlink_to("loop")
    for name, words in (
        ("folder", "is a folder"),
        ("pipe", "is a pipe"),
        ("loop", "cannot be read"),
        ("missing", "not found"),
    ):
        with pytest.raises(UserError, match=f"{name}: {words}"):
            load_params(paths[name])


def test_many_faults_are_told_in_few_lines(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(WHOLE + "".join(f"x{number}: 1\n" for number in range(2000)))
    with pytest.raises(UserError) as told:
        load_params(path)
    assert len(str(told.value).splitlines()) == 21
    assert "and 1980 more" in str(told.value)


def test_a_byte_order_mark_and_other_line_ends_are_no_fault(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert load_params(path) == load_params(ROOT / "params.yaml")


def test_the_sign_for_a_home_folder_is_written_out_in_the_remedy(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    with pytest.raises(UserError, match=r"download.path = '~/pictures'.*/home/someone/pictures"):
        load_params(ROOT / "params.yaml", {"download.path": "~/pictures"})


def test_a_setting_in_what_is_no_section_is_told(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("train: 3\n")
    with pytest.raises(UserError, match="train = 3: must be a section"):
        load_params(path, {"train.lr": 0.1})


pieces = st.lists(st.sampled_from([*'{}[],:&*!|>-?"#%@', "a", "1", " ", "\n", "  ", "~", "<<: "]))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(place=st.integers(0, len(WHOLE)), inserted=pieces.map("".join), cut=st.integers(0, 30))
def test_any_edit_is_read_or_told(tmp_path_factory, place, inserted, cut):
    path = tmp_path_factory.getbasetemp() / "params.yaml"
    path.write_text(WHOLE[:place] + inserted + WHOLE[place + cut :])
    told = ""
    try:
        load_params(path)
    except UserError as error:
        told = str(error)
    assert len(told.splitlines()) <= 21
