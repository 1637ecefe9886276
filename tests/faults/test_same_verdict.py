"""The odd files are read or dropped as by Pillow alone, with the same words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bad_images import DROPPED, READ

from dcgan_core.data.clean.checks import Checks
from dcgan_core.data.decode import Unreadable, decode
from dcgan_core.data.prepare import Preparation, RawImage, prepare
from dcgan_core.data.resample import fit
from dcgan_core.files import sha256_file

FILES = {name: (file, content) for name, file, content, *_ in [*DROPPED, *READ]}
PREPARATION = Preparation(16, 16, 3, "bicubic", "#ffffff", Checks())


@pytest.mark.parametrize("name", FILES)
def test_same_verdict(tmp_path: Path, name: str) -> None:
    file, content = FILES[name]
    path = tmp_path / file
    path.write_bytes(content() if callable(content) else content)
    done = prepare(PREPARATION, RawImage(str(path), sha256_file(path)))
    reason = None
    try:
        # Without its bytes in memory it is Pillow that reads the file.
        expected = decode(path)
    except Unreadable as error:
        reason = error.reason
    assert (done.drop.reason if done.drop else None) == reason
    if reason is not None:
        return
    assert done.notes[: len(expected.notes)] == expected.notes
    assert np.array_equal(done.pixels, fit(expected.image, (16, 16), "bicubic"))
