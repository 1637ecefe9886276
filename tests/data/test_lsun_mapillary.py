"""LSUN and Mapillary, from folders that the user got."""

from __future__ import annotations

import hashlib
import importlib
import shutil
import sys
from pathlib import Path

import fake_lmdb
import pytest
from samples import picture, put

from dcgan_core.errors import UserError


def test_lsun_pictures(get_published, own) -> None:
    put(own, {"bedroom/0/a.webp": picture("WEBP"), "notes.txt": b"x"})
    assert [entry.origin for entry in get_published("lsun").files] == [
        "bedroom/0/a.webp",
        "holiday.jpg",
    ]


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """What stands in for the package, also in the process that reads."""
    (tmp_path / "modules").mkdir()
    shutil.copyfile(fake_lmdb.__file__, tmp_path / "modules/lmdb.py")
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    monkeypatch.delitem(sys.modules, "lmdb", raising=False)
    yield importlib.import_module("lmdb")
    sys.modules.pop("lmdb", None)


@pytest.fixture(params=["lmdb", "stand-in"])
def lmdb(request):
    """The package, and what stands in for it where it is not installed."""
    if request.param == "lmdb":
        return pytest.importorskip("lmdb")
    return request.getfixturevalue("stand_in")


def test_lsun_database(get_published, own, lmdb) -> None:
    contents = {}
    for category in ("bedroom_train_lmdb", "tower_val_lmdb"):
        (own / category).mkdir()
        with lmdb.open(str(own / category)) as database, database.begin(write=True) as transaction:
            for _ in range(20):
                content = picture("WEBP")
                key = hashlib.sha1(content).hexdigest()
                contents[f"{category}/{key}.webp"] = content
                transaction.put(key.encode(), content)
    found = get_published("lsun")
    assert {entry.origin for entry in found.files} == set(contents)
    for entry in found.files:
        assert entry.sha256 == hashlib.sha256(contents[entry.origin]).hexdigest()
    some = get_published("lsun", count=16)
    assert len(some.files) == 16
    assert {entry.origin for entry in some.files} < set(contents)
    (own / "tower_val_lmdb/data.mdb").write_bytes(b"no database")
    with pytest.raises(UserError, match="not a whole LSUN database"):
        get_published("lsun")


def filled(lmdb, folder: Path, contents: list[bytes]) -> Path:
    folder.mkdir()
    with lmdb.open(str(folder)) as database, database.begin(write=True) as transaction:
        for number, content in enumerate(contents):
            transaction.put(f"{number:05d}".encode(), content)
    return folder / "data.mdb"


def test_a_reader_that_is_killed_is_told(get_published, own, stand_in) -> None:
    filled(stand_in, own / "room_lmdb", [picture("WEBP"), b"SIGBUS", picture("WEBP")])
    with pytest.raises(UserError, match=r"room_lmdb/data\.mdb: not a whole.*SIGBUS.*cut short"):
        get_published("lsun")


@pytest.mark.parametrize("claimed", [4, 2, 10**18])
def test_a_database_that_claims_another_count(
    get_published, own, stand_in, monkeypatch, claimed: int
) -> None:
    filled(stand_in, own / "room_lmdb", [picture("WEBP") for _ in range(3)])
    monkeypatch.setenv("FAKE_LMDB_CLAIMS", str(claimed))
    with pytest.raises(UserError, match=rf"room_lmdb/data\.mdb: not a whole.*{claimed} pictures"):
        get_published("lsun")


def test_a_key_is_no_path(get_published, own, stand_in) -> None:
    (own / "room_lmdb").mkdir()
    with stand_in.open(str(own / "room_lmdb")) as database:
        database.put(b"../../up\0", picture("WEBP"))
    assert [entry.file for entry in get_published("lsun").files] == [
        "images/room_lmdb/.._.._up_.webp"
    ]
    with stand_in.open(str(own / "room_lmdb")) as database:
        database.put(b"k" * 300, picture("WEBP"))
    with pytest.raises(UserError, match="a key of 300 bytes"):
        get_published("lsun")


def test_a_real_database_cut_short(get_published, own) -> None:
    lmdb = pytest.importorskip("lmdb")
    file = filled(lmdb, own / "room_lmdb", [picture("WEBP") * 20 for _ in range(100)])
    whole = file.read_bytes()
    for share in (0.2, 0.5, 0.9):
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(UserError, match="not a whole LSUN database"):
            get_published("lsun")


def test_lsun_database_without_its_package(get_published, own, monkeypatch) -> None:
    put(own, {"bedroom_train_lmdb/data.mdb": b"x"})
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(UserError, match="pip install lmdb"):
        get_published("lsun")


@pytest.mark.parametrize("source", ["lsun", "mapillary"])
def test_folders_that_are_not_there(source, get_published, own, tmp_path) -> None:
    with pytest.raises(UserError, match=r"nowhere: not found.*got from https.*download\.path"):
        get_published(source, own / "nowhere")
    with pytest.raises(UserError, match=r"a file, not a folder"):
        get_published(source, own / "holiday.jpg")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty: no files in it"):
        get_published(source, tmp_path / "empty")


def test_mapillary_sequences_are_groups(get_published, own) -> None:
    put(own, {"seq-a/1.jpg": picture(), "seq-a/2.jpg": picture(), "seq-b/1.jpg": picture()})
    listing = b",key,sequence_key,frame_number\n0,k1,s1,0\n1,k2,s2,0\n"
    put(own, {f"oslo/query/images/k{number}.jpg": picture() for number in (1, 2, 3)})
    put(own, {"oslo/query/seq_info.csv": listing})
    found = get_published("mapillary")
    assert {entry.origin: entry.group for entry in found.files} == {
        "holiday.jpg": None,
        "seq-a/1.jpg": "seq-a",
        "seq-a/2.jpg": "seq-a",
        "seq-b/1.jpg": "seq-b",
        "oslo/query/images/k1.jpg": "s1",
        "oslo/query/images/k2.jpg": "s2",
        "oslo/query/images/k3.jpg": "oslo/query/images",
    }
    assert all("CC BY-SA 4.0" in entry.licence for entry in found.files)
    put(own, {"oslo/query/seq_info.csv": b"name,where\na,b\n"})
    with pytest.raises(UserError, match=r"seq_info\.csv: no list of sequences"):
        get_published("mapillary")
