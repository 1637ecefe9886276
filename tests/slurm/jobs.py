"""A cluster for a test, what a user types to hand jobs in, and what SLURM says of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import CompletedProcess

import pytest
from cluster import CannotStart, Cluster, running
from project import Project

HOUR = 3600


@contextmanager
def running_or_skip(nodes: int) -> Iterator[Cluster]:
    """A running SLURM; the test is skipped with the reason where there can be none."""
    try:
        with running(nodes) as cluster:
            yield cluster
    except CannotStart as reason:
        pytest.skip(str(reason))


def snakemake(project: Project, *arguments: str) -> CompletedProcess:
    """``snakemake --profile slurm``, asking after its jobs more often than people would."""
    often = ["--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks"]
    return project.run(
        *("snakemake", "--profile", "slurm", *often, "2", *arguments), check=False, timeout=HOUR
    )


def jobs_of(cluster: Cluster, project: Project) -> dict[str, dict[str, str]]:
    """The jobs that ran in the project's folder: ``train@16`` to what SLURM says of it."""
    found = {}
    for job in cluster.jobs():
        if job["WorkDir"] == str(project.root):
            rule, _, size = job["Comment"].removeprefix("rule_").partition("_wildcards_")
            found[f"{rule}@{size}" if size else rule] = job
    return found
