"""Shared by all tests: small settings, and the folder of real images where there is one."""

import os
from pathlib import Path

import pytest
from loading import RECORDER
from project import Project
from settings import ROOT, TINY

import dcgan_core
from dcgan_core.params import Params, load_params


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of a new Python that imports this very package."""
    return {**os.environ, "PYTHONPATH": str(Path(dcgan_core.__file__).parents[1])}


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


@pytest.fixture(scope="session")
def loaded_by_run(tmp_path_factory) -> Path:
    """A folder in which each process of the run of ``built`` has written down its modules."""
    return tmp_path_factory.mktemp("loaded")


@pytest.fixture(scope="session")
def built(tmp_path_factory, loaded_by_run) -> Project:
    """A committed tiny project with a finished Snakemake run; never changed by a test."""
    project = Project.fresh(tmp_path_factory.mktemp("built") / "project")
    environment = {"PYTHONPATH": str(RECORDER), "LOADED_MODULES": str(loaded_by_run)}
    project.run("snakemake", "--profile", "cpu", environment=environment)
    project.commit("first run")
    return project


@pytest.fixture
def project(built, tmp_path) -> Project:
    """A copy of the finished project, to do anything with."""
    return built.copy(tmp_path / "project")
