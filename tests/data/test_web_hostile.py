"""Servers and addresses that would hang, flood or deceive: one line, in bounded time."""

from __future__ import annotations

import errno
import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from flaky import Flaky

from dcgan_core.data.sources import web, web_connection, web_patience
from dcgan_core.data.sources.web import TRIES, download
from dcgan_core.errors import Interrupted, UserError

CONTENT = np.random.default_rng(0).bytes(300_000)
CHECKSUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
REMEDIES = ("Get it by hand.", "Get the right one.")


@pytest.fixture
def refused(tmp_path: Path, web_server: Flaky):
    """What is said of a server that behaves so, and how many bytes are kept."""

    def run(*behaviours: str, address: str = "") -> tuple[str, int]:
        web_server.behaviours[:] = behaviours
        target = tmp_path / "downloads/a.zip"
        url = address or web_server.put("a.zip", CONTENT)
        with pytest.raises(UserError) as caught:
            download(url, target, CHECKSUM, "archive", REMEDIES)
        assert not target.exists()
        assert "\n" not in str(caught.value)
        part = tmp_path / "downloads/a.zip.part"
        return str(caught.value), part.stat().st_size if part.exists() else 0

    return run


@pytest.mark.parametrize(
    "length", ["-5", "many", "1e3", "", "300000;299999", "300000, 5", "9" * 5000, "٣"]
)
def test_a_bad_length_is_told_at_once(refused, web_server: Flaky, length: str) -> None:
    if not length.isascii():
        length = length.encode().decode("latin-1")
    told, _ = refused(f"length: {length}")
    assert "Content-Length" in told
    assert "Get it by hand" in told
    assert len(web_server.asked) == 1
    assert len(told) < 500


def test_the_same_length_twice_is_allowed(tmp_path: Path, web_server: Flaky) -> None:
    web_server.behaviours[:] = ["length: 300000;300000"]
    url = web_server.put("a.zip", CONTENT)
    download(url, tmp_path / "a.zip", CHECKSUM, "archive", REMEDIES)
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_more_than_the_disk_holds_is_told_at_once(refused, web_server: Flaky) -> None:
    told, kept = refused(f"length: {10**17}")
    assert f"it has {10**17} bytes, and" in told
    assert "has room for" in told
    assert kept == 0
    assert len(web_server.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1/a.zip",
        "http://",
        "http:///a.zip",
        "https://:80/a.zip",
        "http://127.0.0.1:99999/a.zip",
        "http://127.0.0.1:port/a.zip",
        f"http://{'a' * 70}.example/a.zip",
        "http://.example/a.zip",
        "http://*.example/a.zip",
        "http://a\x1b[31m/a.zip",
        "file:/a.zip",
        "a.zip",
        "",
    ],
)
def test_a_bad_address_is_told_at_once(tmp_path: Path, monkeypatch, address: str) -> None:
    monkeypatch.setattr(web, "BACKOFF_SECONDS", 100)
    with pytest.raises(UserError) as caught:
        download(address, tmp_path / "a.zip", CHECKSUM, "archive", REMEDIES)
    assert "\x1b" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("behaviour", ["missing", "forbidden"])
def test_refusals_are_not_tried_again(refused, web_server: Flaky, behaviour: str) -> None:
    told, _ = refused(behaviour)
    assert "40" in told
    assert len(web_server.asked) == 1


def test_an_address_that_leads_in_circles(refused, web_server: Flaky) -> None:
    told, _ = refused("in circles")
    assert "redirects" in told
    assert len(web_server.asked) == 31, "as many as requests follows, once"


def test_an_endless_file(refused, monkeypatch) -> None:
    monkeypatch.setattr(web_connection, "MOST_UNANNOUNCED", 1 << 20)
    told, kept = refused("endless")
    assert "more than 1048576 bytes without an end" in told
    assert kept == 0
    assert "kept" not in told


@pytest.mark.parametrize("behaviour", ["dribble", "dribbled head"])
def test_a_server_that_dribbles(refused, web_server: Flaky, monkeypatch, behaviour: str) -> None:
    monkeypatch.setattr(web_patience, "SECONDS", 0.2)
    start = time.monotonic()
    told, _ = refused(*[behaviour] * TRIES)
    assert "next to nothing came" in told
    assert len(web_server.asked) == TRIES
    assert time.monotonic() - start < 30


def test_a_server_that_begins_anew_for_ever(refused, web_server: Flaky, monkeypatch) -> None:
    monkeypatch.setattr(web, "GAIN_BYTES", 1000)
    refused(*["first 100000", "first 200000"] * 20)
    assert len(web_server.asked) < 2 * TRIES


def test_what_is_kept_is_told(refused, tmp_path: Path) -> None:
    told, kept = refused("drop", *["unavailable"] * TRIES)
    assert kept == len(CONTENT) // 2
    assert f"{kept} bytes, is kept in {tmp_path / 'downloads/a.zip.part'}" in told
    (tmp_path / "downloads/a.zip.part").unlink()
    told, kept = refused(*["unavailable"] * TRIES)
    assert (kept, "kept" in told) == (0, False)


def broken_off(part: Path, monkeypatch, error: BaseException) -> None:
    part.parent.mkdir()
    part.write_bytes(CONTENT[:1000])

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(web, "append", fail)


@pytest.mark.parametrize(
    ("error", "told"),
    [(KeyboardInterrupt(), Interrupted), (OSError(errno.ENOSPC, "full"), UserError)],
)
def test_what_is_kept_after_an_end_is_told(tmp_path: Path, monkeypatch, error, told) -> None:
    part = tmp_path / "downloads/a.zip.part"
    broken_off(part, monkeypatch, error)
    with pytest.raises(told, match=r"1000 bytes, is kept in .*a\.zip\.part"):
        download("http://x/", part.with_suffix(""), CHECKSUM, "archive", REMEDIES)
    assert part.stat().st_size == 1000


def test_a_server_that_cannot_show_who_it_is(refused, tmp_path: Path, monkeypatch) -> None:
    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    monkeypatch.setattr(web, "BACKOFF_SECONDS", 100)
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        told, _ = refused(address=f"https://127.0.0.1:{listener.getsockname()[1]}/a.zip")
        thread.join()
    assert "certificate" in told
