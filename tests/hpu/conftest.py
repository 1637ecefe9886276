"""The emulated HPU, built once."""

import importlib.util

import pytest
from emulator_process import HERE, Emulator


def _load_builder():
    spec = importlib.util.spec_from_file_location("hpu_build", HERE / "emulator/hpu_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def emulator(request) -> Emulator:
    """The emulated HPU; the test is skipped where there is no compiler."""
    builder = _load_builder()
    if reason := builder.missing_tool():
        pytest.skip(reason)
    return Emulator(builder.build(request.config.cache.mkdir("hpu_emulator")))
