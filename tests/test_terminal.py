"""Whatever a name holds, a terminal shows it as text."""

import argparse
import io
import logging
import pickle
import sys
import unicodedata

import pytest

from dcgan_core import cli
from dcgan_core.errors import UserError
from dcgan_core.terminal import Formatter, Parser, escaped, say

HOSTILE = "a\x1b]0;title\x07\x1b[2Jb\nfake: all is well\r\u202egpj.exe\x9b\udcff"


def is_safe(text: str) -> bool:
    """By Unicode's own classes: no control, no surrogate, no line end, nothing that turns text."""
    turning = ("RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI")
    return all(
        unicodedata.category(mark) not in ("Cc", "Cs", "Zl", "Zp")
        and unicodedata.bidirectional(mark) not in turning
        for mark in text
    )


def test_every_code_point_is_shown_safely() -> None:
    assert all(is_safe(escaped(chr(code))) for code in range(sys.maxunicode + 1))
    assert escaped("\x1b[31m\n\t\x85\u202e") == r"\x1b[31m\n\t\x85\u202e"
    plain = "größe Ω 画像 🖼 C:\\new"
    assert escaped(plain) == plain


def logged(message: str, *values: object, **more) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter("12:00 %(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.error(message, *values, **more)
    return stream.getvalue()


def test_a_log_keeps_its_own_newlines_alone() -> None:
    text = logged("found:\n%s, %d of %.1f", HOSTILE, 2, 3.5)
    first, second, end = text.split("\n")
    assert (first, end) == ("12:00 found:", "")
    assert is_safe(second)
    assert second.endswith(", 2 of 3.5")


def test_a_traceback_keeps_its_lines() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        text = logged("fault", exc_info=True)
    assert all(map(is_safe, text.split("\n")))
    assert "Traceback" in text.split("\n")[1]


def test_an_error_has_a_line_for_each_argument() -> None:
    error = UserError(f"{HOSTILE}: not found.", "Name another.")
    first, second = str(error).split("\n")
    assert is_safe(first)
    assert second == "Name another."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_print_and_arguments(capsys) -> None:
    say(HOSTILE, "two")
    with pytest.raises(SystemExit):
        Parser(prog="x").parse_args([HOSTILE])
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    assert all(map(is_safe, said.out.split("\n")))
    assert all(map(is_safe, said.err.split("\n")))


def test_the_command_shows_names_safely(tmp_path, capsys) -> None:
    assert cli.main(["sample", str(tmp_path / "no\x1b[31m\n.safetensors")]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert r"no\x1b[31m\n.safetensors: no such file" in told


def test_every_parser_is_a_safe_one() -> None:
    parser = cli.build_parser()
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    assert all(isinstance(sub, Parser) for a in actions for sub in a.choices.values())
