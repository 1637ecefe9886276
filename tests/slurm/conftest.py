"""A cluster for the tests of this folder, and projects that hand their jobs to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from jobs import running_or_skip, snakemake
from project import ENVIRONMENT, Project


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running SLURM of one node."""
    with running_or_skip(1) as started:
        yield started


@pytest.fixture(scope="session")
def handing_in(cluster) -> Callable[[Project], Project]:
    """A function that sets a project up for the cluster as docs/slurm.md says: in its profile."""

    def set_up(project: Project) -> Project:
        profile = project.root / "profiles/slurm/profile.yaml"
        text = profile.read_text()
        for shipped, here in {
            "device: gpu ": "device: cpu ",
            'gres: "gpu:1"': 'gres: "hpu:1"',
            "# slurm_partition: NAME ": "slurm_partition: other ",
        }.items():
            assert text.count(shipped) == 1, shipped
            text = text.replace(shipped, here)
        profile.write_text(text)
        project.environment = cluster.reach(ENVIRONMENT)
        return project

    return set_up


@pytest.fixture(scope="session")
def finished(handing_in, tmp_path_factory) -> tuple[Project, str]:
    """A project of two sizes that ran through the cluster, and what Snakemake said."""
    root: Path = tmp_path_factory.mktemp("slurm") / "project"
    project = handing_in(Project.fresh(root, {"sizes": ["16", "20"]}))
    result = snakemake(project)
    assert result.returncode == 0, result.stdout + result.stderr
    return project, result.stdout + result.stderr
