"""A small pack of coloured noise, as the normalize stage would leave it."""

import numpy as np
import pytest


@pytest.fixture
def pack(tmp_path):
    """48 random 16×16 images as uint8 codes."""
    path = tmp_path / "train.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (48, 16, 16, 3), dtype=np.uint8))
    return path
