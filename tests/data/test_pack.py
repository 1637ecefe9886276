"""The array file holds exactly what was put in, and reads it without growing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcgan_core.data.pack import DTYPES, Pack, PackWriter
from dcgan_core.errors import UserError


def write(path: Path, rows: np.ndarray, step: int = 7) -> None:
    with PackWriter(path, *rows.shape[1:], rows.dtype) as pack:
        for start in range(0, len(rows), step):
            pack.append(rows[start : start + step])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 1, 9, 10, 123])
def test_numpy_reads_what_was_written(tmp_path: Path, dtype: str, count: int) -> None:
    rows = np.random.default_rng(0).integers(0, 255, (count, 5, 3, 3)).astype(dtype)
    write(tmp_path / "a.npy", rows)
    loaded = np.load(tmp_path / "a.npy")
    assert loaded.dtype == rows.dtype
    assert np.array_equal(loaded, rows)
    with Pack(tmp_path / "a.npy") as pack:
        assert (len(pack), pack.height, pack.width, pack.channels, pack.dtype) == (
            count,
            5,
            3,
            3,
            rows.dtype,
        )


def test_reads_what_numpy_wrote(tmp_path: Path) -> None:
    rows = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3, 1)
    np.save(tmp_path / "a.npy", rows)
    with Pack(tmp_path / "a.npy") as pack:
        assert np.array_equal(pack.read([3, 0]), rows[[3, 0]])


@settings(max_examples=60, deadline=None)
@given(
    indices=st.lists(st.integers(0, 49), max_size=80),
    run=st.tuples(st.integers(0, 49), st.integers(0, 50)),
)
def test_random_reads_equal_numpy(
    tmp_path_factory: pytest.TempPathFactory, indices: list[int], run: tuple
) -> None:
    path = tmp_path_factory.getbasetemp() / "shared.npy"
    rows = np.random.default_rng(3).integers(0, 256, (50, 4, 6, 3), np.uint8)
    if not path.exists():
        write(path, rows)
    with Pack(path) as pack:
        assert np.array_equal(pack.read(indices), rows[np.array(indices, int)])
        assert np.array_equal(
            pack.read(np.arange(*run)), rows[slice(*run)] if run[0] < run[1] else rows[:0]
        )
        out = np.empty((len(indices), 4, 6, 3), np.uint8)
        assert pack.read(indices, out) is out
        assert np.array_equal(out, rows[np.array(indices, int)])


def test_wrong_requests(tmp_path: Path) -> None:
    write(tmp_path / "a.npy", np.zeros((3, 2, 2, 3), np.uint8))
    pack = Pack(tmp_path / "a.npy")
    for indices in ([3], [-1]):
        with pytest.raises(IndexError):
            pack.read(indices)
    with pytest.raises(ValueError, match="out must be"):
        pack.read([0], np.empty((1, 2, 2, 1), np.uint8))
    pack.close()
    pack.close()
    with pytest.raises(ValueError, match="after close"):
        pack.read([0])
    with (
        PackWriter(tmp_path / "b.npy", 2, 2, 3, "uint8") as writer,
        pytest.raises(ValueError, match="the pack holds"),
    ):
        writer.append(np.zeros((1, 2, 3, 3), np.uint8))


def test_unusable_files(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with pytest.raises(UserError, match="not found"):
        Pack(path)
    write(path, np.zeros((9, 8, 8, 3), np.uint8))
    content = path.read_bytes()
    for broken in (content[:-1], content + b"x", content[:700]):
        path.write_bytes(broken)
        with pytest.raises(UserError, match="damaged"):
            Pack(path)
    for broken in (b"", b"hello", content[:40]):
        path.write_bytes(broken)
        with pytest.raises(UserError, match="not an image pack"):
            Pack(path)
    for other in (np.zeros(5), np.zeros((2, 2, 2, 3), np.int64), np.zeros((2, 2, 2, 2), np.uint8)):
        np.save(path, other)
        with pytest.raises(UserError, match="not images"):
            Pack(path)


def header(text: str) -> bytes:
    """A .npy file of format 1.0 with this header and 192 bytes of data."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(192)


SHAPED = "{{'descr': '{0}', 'fortran_order': {1}, 'shape': {2}}}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header(SHAPED.format("|u1", False, (10**12, 8, 8, 3))), "damaged"),
        (header(SHAPED.format("|u1", False, "(" + "9" * 4000 + ", 8, 8, 3)")), "damaged"),
        (header(SHAPED.format("|u1", False, "(" + "9" * 9000 + ", 8, 8, 3)")), "not an image pack"),
        (header(SHAPED.format("|u1", False, (-1, -8, 8, 3))), "not images"),
        (header(SHAPED.format("|u1", False, (1, 0, 8, 3))), "not images"),
        (header(SHAPED.format("|u1", True, (1, 8, 8, 3))), "Fortran order, not images"),
        (header(SHAPED.format("|O", False, (1, 8, 1, 3))), "not images"),
        (header(SHAPED.format(">f4", False, (2, 8, 1, 3))), ">f4, not images"),
        (header(SHAPED.format("<f8", False, (1, 8, 1, 3))), "not images"),
        (header(SHAPED.format("|V8", False, (1, 8, 1, 3))), "not images"),
        (header("(" * 5000), "not an image pack"),
        (header("{'descr': " + "[" * 300 + "]" * 300 + "}"), "not an image pack"),
        (header("[1]"), "not an image pack"),
        (header("{'descr': __import__('os')}"), "not an image pack"),
        (b"\x93NUMPY\x02\x00" + b"\xff" * 200, "not an image pack"),
    ],
)
def test_hostile_headers_are_told_in_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    with pytest.raises(UserError, match=rf"a\.npy: .*{words}.*Delete it") as told:
        Pack(path)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400 + len(str(path))


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.npy").mkdir()
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "loop.npy").symlink_to("loop.npy")
    for name in ("folder", "pipe", "loop"):
        with pytest.raises(UserError, match=rf"{name}\.npy: not an image pack"):
            Pack(tmp_path / f"{name}.npy")


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_not_given_out(tmp_path: Path, dtype: str, value) -> None:
    rows = np.zeros((3, 4, 4, 3), dtype)
    rows[1, 2, 3, 0] = value
    write(tmp_path / "a.npy", rows)
    with Pack(tmp_path / "a.npy") as pack:
        assert not pack.read([0, 2]).any()
        with pytest.raises(UserError, match=r"a\.npy: holds values that are not finite"):
            pack.read([0, 1])


def test_file_cut_short_while_open(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write(path, np.zeros((9, 8, 8, 3), np.uint8))
    with Pack(path) as pack:
        with open(path, "r+b") as stream:
            stream.truncate(1000)
        with pytest.raises(UserError, match="shorter"):
            pack.read([8])


def test_an_interrupted_writer_claims_no_rows(tmp_path: Path) -> None:
    def interrupted() -> None:
        with PackWriter(tmp_path / "a.npy", 8, 8, 3, "uint8") as pack:
            pack.append(np.zeros((5, 8, 8, 3), np.uint8))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(UserError):
        Pack(tmp_path / "a.npy")


MEASURE = """
import re, sys
import numpy as np
from dcgan_core.data.pack import Pack
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
pack = Pack(sys.argv[1])
order = np.random.default_rng(0).permutation(len(pack))
pack.read(order[:64])
before = peak()
for start in range(0, len(order), 64):
    pack.read(order[start : start + 64])
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_reading_everything_takes_no_memory(tmp_path: Path, environment: dict[str, str]) -> None:
    with PackWriter(tmp_path / "a.npy", 64, 64, 3, "uint8") as pack:
        for _ in range(20):
            pack.append(np.ones((1000, 64, 64, 3), np.uint8))
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path / "a.npy"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert float(run.stdout) < 8, "MiB more after reading 246 MB"
