"""The table of sources: every name has its module, and reads the settings that it says."""

from __future__ import annotations

import inspect
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import get_args

import pytest
from samples import picture, put

from dcgan_core.data.sources import fetch
from dcgan_core.params import Download
from dcgan_core.params.sources import SOURCES, SourceName

FOLDER = Path(import_module("dcgan_core.data.sources").__file__).parent
MODULES = sorted({source.module for source in SOURCES.values()})


def module(name: str) -> ModuleType:
    return import_module(f"dcgan_core.data.sources.{name}")


def test_the_schema_offers_what_is_in_the_table() -> None:
    assert get_args(SourceName) == tuple(SOURCES)
    assert Download.model_fields["source"].annotation == SourceName
    settings = set(Download.model_fields) - {"source"}
    assert all(settings.issuperset(source.reads) for source in SOURCES.values())
    assert {name for source in SOURCES.values() for name in source.reads} == settings


def test_every_module_that_fills_is_in_the_table_and_has_the_one_signature() -> None:
    filling = [path.stem for path in FOLDER.glob("*.py") if hasattr(module(path.stem), "fill")]
    assert sorted(filling) == MODULES
    for name in MODULES:
        assert list(inspect.signature(module(name).fill).parameters) == [
            "folder",
            "params",
            "downloads",
        ]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_several_sources_knows_its_own_and_no_other(name, tmp_path: Path) -> None:
    served = {source for source, entry in SOURCES.items() if entry.module == name}
    if len(served) == 1:
        assert not hasattr(module(name), "DATASETS")
        return
    assert set(module(name).DATASETS) == served
    params = SimpleNamespace(source="elsewhere", path=str(tmp_path), count=16, seed=0)
    with pytest.raises(KeyError, match="elsewhere"):
        module(name).fill(tmp_path, params, tmp_path)


# Those of published datasets are watched wherever a test fetches one.
@pytest.mark.parametrize("source", ["earth", "avatars", "digits", "folder", "archive"])
def test_a_source_reads_what_the_table_says(source, tmp_path: Path, watched) -> None:
    put(tmp_path / "own", {"a.jpg": picture()})
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        archive.write(tmp_path / "own/a.jpg", "a.jpg")
    path = tmp_path / ("own.zip" if source == "archive" else "own")
    params = watched(source=source, path=str(path))
    fetch(params, tmp_path / "raw")
    assert params.read == {"source", *SOURCES[source].reads}


def test_only_those_that_take_files_of_the_user_read_path() -> None:
    for name, source in SOURCES.items():
        assert source.reads_path == ("path" in source.reads), name
    assert not SOURCES["earth"].reads_path
    assert not SOURCES["avatars"].reads_path
    assert SOURCES["digits"].reads_path
    assert SOURCES["folder"].reads_path


def test_worker_processes_load_neither_torch_nor_the_settings(environment) -> None:
    script = (
        "import sys, dcgan_core.data.resize, dcgan_core.data.sources.avatars\n"
        "import dcgan_core.data.sources.digits\n"
        "print([name for name in ('torch', 'pydantic') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
