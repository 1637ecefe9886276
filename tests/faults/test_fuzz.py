"""Damaged and mixed-up bytes for every reader: a clear refusal, or a value that holds.

    FUZZ_EXAMPLES=20000 python -m pytest tests/faults/test_fuzz.py --hypothesis-seed=1

By default a few of the same examples each time; what longer runs found lies in ``bad_*.py``.
"""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from settings import ROOT, TINY

from dcgan_core.data import manifest
from dcgan_core.data.decode import Unreadable, decode
from dcgan_core.data.pack import Pack, PackWriter
from dcgan_core.data.sources import archive
from dcgan_core.errors import UserError
from dcgan_core.nets import build_generator
from dcgan_core.nets.snapshot import SnapshotInfo, load_generator, save_generator
from dcgan_core.params import load_params
from dcgan_core.records import read_json
from dcgan_core.tables import read_table, write_table
from dcgan_core.train.state.checkpoint import load_state, save_state

LONG = "FUZZ_EXAMPLES" in os.environ
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "40")),
    deadline=10_000,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "cut", "repeat", "end", "swap"]),
        st.floats(0, 1, exclude_max=True, allow_subnormal=False),
        st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from([b"\0" * 8, b"\xff" * 8])),
    ),
    min_size=1,
    max_size=4,
)
"""What is done to good bytes: where, as a share of their length, and with what."""


def edited(content: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    """Good bytes with ``edits`` made one after the other."""
    for kind, share, new in edits:
        at = int(share * len(content))
        before, here, after = content[:at], content[at : at + len(new)], content[at + len(new) :]
        middle = {
            "set": new,
            "insert": new + here,
            "cut": b"",
            "repeat": content[at : at + 16 * len(new)] + here,
            "end": None,
            "swap": here[::-1],
        }[kind]
        content = before if middle is None else before + middle + after
    return content


def unless_refused(reader: Callable[..., Any], *arguments: Any) -> Any:
    """What a reader gives; None if it refuses, which it must do in one line."""
    try:
        return reader(*arguments)
    except UserError as error:
        told = str(error)
    assert told
    assert "\n" not in told
    return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def params():
    return load_params(ROOT / "params.yaml", TINY)


def png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


MEMBERS = {f"images/{index}.png": png(index) for index in range(3)}


def a_tar(mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as tar:
        for name, content in MEMBERS.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def a_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in MEMBERS.items():
            packed.writestr(name, content)
    return stream.getvalue()


ARCHIVES = {
    "tar": a_tar("w"),
    "tar.gz": gzip.compress(a_tar("w"), mtime=0),
    "tar.bz2": a_tar("w:bz2"),
    "tar.xz": a_tar("w:xz"),
    "zip": a_zip(),
}
CHECKED = ("tar.gz", "tar.bz2", "tar.xz")
"""Formats with a checksum over all they hold: what passes holds what was packed."""


@pytest.mark.parametrize("kind", ARCHIVES)
@FUZZ
@given(edits=EDITS)
def test_archives(kind, folder, edits):
    content = edited(ARCHIVES[kind], edits)
    path = folder / f"images.{kind}"
    path.write_bytes(content)
    settings = params().download.model_copy(update={"source": "archive", "path": str(path)})
    with tempfile.TemporaryDirectory(dir=folder) as target:
        found = unless_refused(archive.fill, Path(target), settings, folder)
    if found and kind in CHECKED and content.startswith(ARCHIVES[kind][:10]):
        hashes = {hashlib.sha256(member).hexdigest() for member in MEMBERS.values()}
        assert {entry.sha256 for entry in found.files} == hashes


@FUZZ
@given(edits=EDITS)
def test_snapshots(folder, edits):
    path, good = folder / "generator.safetensors", folder / "good.safetensors"
    model = params().model
    if not good.exists():
        net = build_generator(16, 16, 3, model, torch.Generator().manual_seed(0))
        info = SnapshotInfo("16", 16, 16, 3, model.model_dump(), 1, 8, 64, "ema")
        save_generator(good, net, info)
    path.write_bytes(edited(good.read_bytes(), edits))
    generator = unless_refused(load_generator, path)
    assert generator is None or all(
        tensor.isfinite().all() for tensor in generator.state_dict().values()
    )


@FUZZ
@given(edits=EDITS)
def test_states(folder, edits):
    path, good = folder / "state.pt", folder / "good.pt"
    if not good.exists():
        save_state(good, {"step": 3, "weights": {"a": torch.ones(5, 5)}, "loss": [0.5, 0.25]})
    path.write_bytes(edited(good.read_bytes(), edits))
    state = unless_refused(load_state, path)
    assert state is None or isinstance(state, dict)


@FUZZ
@given(edits=EDITS)
def test_packs(folder, edits):
    path, good = folder / "pack.npy", folder / "good.npy"
    if not good.exists():
        with PackWriter(good, 4, 6, 3, "uint8") as writer:
            writer.append(np.arange(5 * 4 * 6 * 3, dtype=np.uint8).reshape(5, 4, 6, 3))
    path.write_bytes(edited(good.read_bytes(), edits))
    pack = unless_refused(Pack, path)
    if pack:
        with pack:
            images = pack.read(range(len(pack)))
        assert images.shape == (len(pack), pack.height, pack.width, pack.channels)


GOOD_TABLE = [{"step": 1, "loss_d": 0.5, "split": "test"}, {"step": 2, "loss_d": 0.25, "split": ""}]


@FUZZ
@given(edits=EDITS)
def test_tables_and_records(folder, edits):
    path = folder / "table.csv"
    write_table(path, GOOD_TABLE)
    table = edited(path.read_bytes(), edits)
    path.write_bytes(table)
    record = folder / "record.json"
    record.write_bytes(edited(b'{"schema": 1, "values": [1, 2.5, null], "of": {"a": "b"}}', edits))
    unless_refused(read_table, path)
    unless_refused(read_json, record)


@FUZZ
@given(edits=EDITS)
def test_manifests(folder, edits):
    home = folder / "raw"
    home.mkdir(exist_ok=True)
    entry = manifest.Entry("images/0.png", "0" * 64, 100, "0.png")
    manifest.write(home, manifest.Manifest("folder", "own", "here", [entry], []))
    file = home / "manifest.json"
    file.write_bytes(edited(file.read_bytes(), edits))
    found = unless_refused(manifest.read, home)
    assert found is None or all(not Path(entry.file).is_absolute() for entry in found.files)


@FUZZ
@given(edits=EDITS)
def test_settings(folder, edits):
    path = folder / "params.yaml"
    path.write_bytes(edited((ROOT / "params.yaml").read_bytes(), edits))
    try:
        found = load_params(path)
    except UserError:
        return
    assert type(found).model_validate(found.model_dump()) == found


SNIPPETS = st.sampled_from(
    ["[", "{", "- ", ": ", "&a ", "*a", "!!python/object:os.system ", "<<: ", "'", '"', "\n", "\t",
     "  ", "sizes", "64", "1e999", "0x10", ".inf", ".nan", "~", "null", "yes", "\u0661", "---\n",
     "? ", "|", "> ", "#", "%YAML 9.9\n", "train:\n  lr: ", "\ufeff", "\x85", "\u2028"]
)  # fmt: skip


@FUZZ
@given(text=st.lists(SNIPPETS, max_size=30).map("".join))
@example(text="")
def test_settings_of_loose_words(folder, text):
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError):
        load_params(path)


IMAGES = {}
for name in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"):
    stream = io.BytesIO()
    Image.open(io.BytesIO(png(0))).save(stream, name)
    IMAGES[name] = stream.getvalue()


@pytest.mark.parametrize("kind", IMAGES)
@FUZZ
@given(edits=EDITS)
def test_images(kind, folder, edits):
    path = folder / "image"
    path.write_bytes(edited(IMAGES[kind], edits))
    try:
        found = decode(path)
    except Unreadable:
        return
    assert found.image.mode == "RGB"
    assert np.asarray(found.image).dtype == np.uint8
