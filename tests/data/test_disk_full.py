"""Writes that really fail: one clear message, and nothing half-written under any name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

resource = pytest.importorskip("resource", reason="file size limits are a Unix thing")

SETUP = """
import resource, sys
from pathlib import Path
from dcgan_core.errors import UserError
from dcgan_core.params.schema import Clean, Download, Normalize, Resize
from dcgan_core.data.sources import fetch
from dcgan_core.data.resize import resize
from dcgan_core.data.normalize import normalize
place, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    exec(sys.argv[3])
except UserError as error:
    print(error)
    sys.exit(error.exit_code)
"""
FETCH = """
fetch(Download(source="folder", count=16, path=str(place / "own"), url="", sha256="",
               style="planets", seed=0), place / "out/raw")
"""
RESIZE = """
resize(place / "raw", place / "out/64.npy", place / "out/64.json", place / "out/64-dropped.png",
       (64, 64), Resize(channels=3, filter="bicubic", background="#ffffff", draft=False),
       Clean(min_side=0, max_aspect=0, min_contrast=0, min_entropy=0, max_entropy=0,
             exact_duplicates=False, near_duplicates=0))
"""
NORMALIZE = """
normalize(place / "64.npy", place / "64.json", place / "out/64",
          Normalize(validation=0.2, test=0.2, new_places=0, dtype="float32"))
"""


def run(
    place: Path, limit: int, code: str, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SETUP, str(place), str(limit), code]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    ("code", "limit"), [(FETCH, 8_000), (RESIZE, 300_000), (NORMALIZE, 600_000)]
)
def test_nothing_is_left_behind(
    tmp_path: Path, resizing, cleaning, download, environment: dict[str, str], code: str, limit: int
) -> None:
    from dcgan_core.data.resize import resize
    from dcgan_core.data.sources import fetch

    (tmp_path / "own").mkdir()
    (tmp_path / "out").mkdir()
    random = np.random.default_rng(0)
    for index in range(40):
        Image.fromarray(random.integers(0, 256, (60, 60, 3), np.uint8)).save(
            tmp_path / f"own/{index}.png"
        )
    fetch(download(path=str(tmp_path / "own")), tmp_path / "raw")
    outputs = (tmp_path / name for name in ("64.npy", "64.json", "64-dropped.png"))
    resize(tmp_path / "raw", *outputs, (64, 64), resizing(), cleaning())
    failed = run(tmp_path, limit, code, environment)
    assert failed.returncode == 2, failed.stderr
    assert "no space left to write it" in failed.stdout
    assert failed.stderr == ""
    assert list((tmp_path / "out").iterdir()) == []
    passed = run(tmp_path, 1 << 30, code, environment)
    assert passed.returncode == 0, passed.stderr
    assert list((tmp_path / "out").iterdir())
