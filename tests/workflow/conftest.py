"""One tiny run by Snakemake, made once; tests work on copies of it."""

import pytest

from project import Project


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Project:
    """A committed project with a finished Snakemake run; never changed by a test."""
    project = Project.fresh(tmp_path_factory.mktemp("built") / "project")
    project.snakemake()
    project.commit("first run")
    return project


@pytest.fixture
def project(built, tmp_path) -> Project:
    """A copy of the finished project, to do anything with."""
    return built.copy(tmp_path / "project")
