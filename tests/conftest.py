"""Shared by all tests: small settings, and the folder of real images where there is one."""

from pathlib import Path

import pytest

from dcgan_core.params import Params, load_params
from settings import ROOT, TINY

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
