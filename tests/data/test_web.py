"""Downloads from a real server that drops, lies, refuses and mistakes pages for files."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from flaky import Flaky

from dcgan_core.data.sources import fetch
from dcgan_core.data.sources.web import GAIN_BYTES, TRIES, download
from dcgan_core.errors import UserError

CONTENT = b"PK\3\4" + np.random.default_rng(0).bytes(600_000)
REMEDIES = ("Get it by hand.", "Get the right one.")


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


@pytest.fixture
def get(tmp_path: Path, web_server: Flaky):
    """Download the server's ``a.zip``; whatever happens, no whole file may be a wrong one."""

    def run(*behaviours: str, content: bytes = CONTENT, expected: bytes = CONTENT) -> Path:
        target = tmp_path / "downloads/a.zip"
        web_server.behaviours[:] = behaviours
        url = web_server.put("a.zip", content)
        try:
            download(url, target, md5(expected), "archive", REMEDIES)
        except UserError:
            assert not target.exists()
            raise
        assert target.read_bytes() == expected
        assert [place.name for place in target.parent.iterdir()] == ["a.zip"]
        return target

    return run


def test_a_dropped_connection_is_taken_up_again(get, web_server: Flaky) -> None:
    get("drop", "drop")
    whole = len(CONTENT)
    starts = [0 if asked is None else int(asked[6:-1]) for _, asked in web_server.asked]
    assert starts == [0, whole // 2, whole // 2 + (whole - whole // 2) // 2]


def test_a_server_without_ranges_starts_anew(get, web_server: Flaky) -> None:
    get("drop", "ranges ignored")
    assert [asked is not None for _, asked in web_server.asked] == [False, True]


def test_passing_trouble_is_waited_for(get, web_server: Flaky) -> None:
    get("unavailable", "unavailable", "fine")
    assert len(web_server.asked) == 3


def test_lasting_trouble_is_told_after_some_tries(get, web_server: Flaky) -> None:
    with pytest.raises(UserError, match=r"a\.zip could not be fetched \(503.*Get it by hand"):
        get(*["unavailable"] * TRIES)
    assert len(web_server.asked) == TRIES


def test_what_is_missing_is_asked_for_once(tmp_path: Path, web_server: Flaky) -> None:
    with pytest.raises(UserError, match=r"could not be fetched \(404"):
        download(web_server.url("no"), tmp_path / "a", md5(b""), "archive", REMEDIES)
    assert len(web_server.asked) == 1


def test_a_later_run_goes_on_where_one_gave_up(get, tmp_path: Path, web_server: Flaky) -> None:
    with pytest.raises(UserError):
        get("drop", *["unavailable"] * TRIES)
    assert (tmp_path / "downloads/a.zip.part").read_bytes() == CONTENT[: len(CONTENT) // 2]
    web_server.asked.clear()
    get()
    assert web_server.asked == [("a.zip", f"bytes={len(CONTENT) // 2}-")]
    web_server.asked.clear()
    get()
    assert web_server.asked == [], "what is there is not asked for again"


def test_pieces_of_two_versions_are_not_joined(get, tmp_path: Path, web_server: Flaky) -> None:
    with pytest.raises(UserError):
        get("drop", *["unavailable"] * TRIES, content=bytes(len(CONTENT)))
    web_server.asked.clear()
    get()
    assert [asked is not None for _, asked in web_server.asked] == [True, False]


def test_a_whole_part_is_enough(get, tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/a.zip.part").write_bytes(CONTENT)
    get()


def test_a_part_longer_than_the_file(get, tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads/a.zip.part").write_bytes(CONTENT + b"more")
    get()


def test_a_content_length_that_is_too_large(get) -> None:
    get("announces more")


def test_a_content_length_that_is_too_small(get) -> None:
    with pytest.raises(UserError) as caught:
        get("announces less")
    message = str(caught.value)
    assert f"({len(CONTENT) - 1000} bytes)" in message
    assert "starts like a zip archive" in message
    assert message.endswith("Get the right one.")


def test_large_files_may_break_off_more_often_than_tries(get, web_server: Flaky) -> None:
    content = np.random.default_rng(1).bytes(GAIN_BYTES << (TRIES + 1))
    get(*["drop"] * (TRIES + 1), content=content, expected=content)
    assert len(web_server.asked) == TRIES + 2


def test_a_web_page_in_place_of_a_file(get) -> None:
    page = b"<!DOCTYPE html><html><head><title>Sign in &amp;\n go</title></head></html>"
    with pytest.raises(UserError) as caught:
        get(content=page)
    message = str(caught.value)
    assert "/a.zip: it is a web page titled 'Sign in & go', not the file" in message
    assert "\n" not in message


def test_a_web_page_does_not_replace_what_is_there(get, tmp_path: Path, web_server) -> None:
    with pytest.raises(UserError, match=r"a web page came in place of the rest.*by hand"):
        get("drop", "page")
    assert (tmp_path / "downloads/a.zip.part").read_bytes() == CONTENT[: len(CONTENT) // 2]
    get()


def test_an_archive_is_fetched_through_all_of_it(
    tmp_path: Path, download, web_server: Flaky
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", b"\x89PNG\r\n\x1a\n" + os.urandom(50_000))
    content = stream.getvalue()
    web_server.behaviours[:] = ["unavailable", "drop"]
    settings = download(
        source="archive",
        url=web_server.put("a.zip", content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    fetch(settings, tmp_path / "raw", tmp_path / "downloads")
    assert (tmp_path / "raw/images/a.png").is_file()
    assert len(web_server.asked) == 3
    fetch(settings, tmp_path / "again", tmp_path / "downloads")
    assert len(web_server.asked) == 3
