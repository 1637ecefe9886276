"""Shared by all tests: small settings, and the folder of real images where there is one."""

from pathlib import Path

import pytest

from dcgan_core.params import Params, load_params

ROOT = Path(__file__).resolve().parents[1]

TINY = {
    "sizes": ["16"],
    "download.count": 80,
    "model.latent": 8,
    "model.ngf": 4,
    "model.ndf": 4,
    "train.epochs": 3,
    "train.batch_size": 8,
    "train.snapshot_every": 1,
    "train.log_every": 2,
    "sample.rows": 2,
    "sample.columns": 3,
    "sample.steps": 2,
    "gif.rows": 2,
    "gif.columns": 2,
    "parzen.centers": 32,
    "parzen.sigma_steps": 4,
    "fidelity.samples": 16,
    "fidelity.neighbors": 2,
}


@pytest.fixture
def tiny():
    """A function from dotted overrides to tiny settings."""

    def make(overrides: dict | None = None) -> Params:
        return load_params(ROOT / "params.yaml", {**TINY, **(overrides or {})})

    return make


@pytest.fixture(scope="session")
def real_images() -> Path:
    """The folder with flowers64.zip, beside the checkout; the test is skipped without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real images beside the checkout ({folder.name}/flowers64.zip)")
    return folder
