"""Raw folders and settings made of plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flaky import Flaky, flaky_server
from PIL import Image
from samples import picture, put
from settings import KEEP_ALL

from dcgan_core.data import manifest
from dcgan_core.data.sources import fetch, web
from dcgan_core.files import sha256_file
from dcgan_core.params import Clean, Download, Normalize, Resize
from dcgan_core.params.sources import SOURCES


class Watched:
    """Download settings that remember which of them were read."""

    def __init__(self, params: Download):
        self._params = params
        self.read: set[str] = set()

    def __getattr__(self, name: str):
        self.read.add(name)
        return getattr(self._params, name)


@pytest.fixture
def watched(download) -> Callable[..., Watched]:
    """As ``download``, remembering what is read."""
    return lambda **changes: Watched(download(**changes))


@pytest.fixture
def download() -> Callable[..., Download]:
    """Download settings, any of them overridden."""
    defaults = {
        "source": "folder",
        "count": 16,
        "path": "x",
        "url": "",
        "sha256": "",
        "style": "planets",
        "seed": 0,
    }
    return lambda **changes: Download(**(defaults | changes))


@pytest.fixture
def resizing() -> Callable[..., Resize]:
    """Resize settings, any of them overridden."""
    defaults = {"channels": 3, "filter": "bicubic", "background": "#ffffff", "draft": False}
    return lambda **changes: Resize(**(defaults | changes))


@pytest.fixture
def cleaning() -> Callable[..., Clean]:
    """Clean settings, all off but those given."""
    return lambda **changes: Clean(**(KEEP_ALL | changes))


@pytest.fixture
def normalizing() -> Callable[..., Normalize]:
    """Normalize settings, any of them overridden."""
    defaults = {"validation": 0.1, "test": 0.1, "new_places": 0.1, "dtype": "uint8"}
    return lambda **changes: Normalize(**(defaults | changes))


@pytest.fixture
def listed() -> Callable[..., Path]:
    """Make a raw folder of the files that are in it already."""

    def write(folder: Path, groups: dict[str, str] | None = None) -> Path:
        entries = [
            manifest.Entry(
                path.relative_to(folder).as_posix(),
                sha256_file(path),
                path.name,
                (groups or {}).get(path.name),
            )
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
        manifest.write(folder, manifest.Manifest("folder", "mine", "made here", entries))
        return folder

    return write


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again without seconds of waiting in between."""
    monkeypatch.setattr(web, "BACKOFF_SECONDS", 0.001)


@pytest.fixture
def web_server() -> Iterator[Flaky]:
    """A web server that misbehaves on demand."""
    with flaky_server() as server:
        yield server


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Where the user's copies lie; at first it holds a picture of no dataset."""
    put(tmp_path / "own", {"holiday.jpg": picture()})
    return tmp_path / "own"


@pytest.fixture
def get_published(tmp_path: Path, own: Path, download):
    """Fetch a source, check what was made, and give its manifest."""

    def run(source: str, path: Path = own, **changes) -> manifest.Manifest:
        target = tmp_path / "raw" / source
        settings = {"source": source, "path": str(path), "count": 1000} | changes
        params = Watched(download(**settings))
        fetch(params, target, tmp_path / "downloads")
        assert params.read == {"source", *SOURCES[source].reads}
        found = manifest.read(target)
        manifest.check(target, found, hashes=True)
        assert {place.name for place in target.iterdir()} == {"images", "manifest.json"}
        assert found.source == source
        assert found.licence
        assert found.origin.startswith("http")
        for entry in found.files:
            with Image.open(target / entry.file) as image:
                image.load()
        return found

    return run
