"""What a user types to hand jobs in, and what SLURM says of them."""

from subprocess import CompletedProcess

from cluster import Cluster
from project import Project

HOUR = 3600


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
