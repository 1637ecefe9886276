"""The profile as shipped, on a machine without SLURM and without any device."""

import re

from project import Project, jobs_listed

ACCELERATED = {"train", "sample", "gif", "parzen", "fidelity"}


def test_a_dry_run_needs_no_cluster_and_shows_who_asks_for_a_device(project: Project):
    project.change({"download.count": 81})
    result = project.run("snakemake", "--profile", "slurm", "--dry-run")
    said = result.stdout + result.stderr
    assert jobs_listed(said) == project.pending_in_snakemake()
    with_device = {
        re.match(r"rule (\w+):", block)[1]
        for block in re.split(r"\n(?=(?:local)?rule )", said)[1:]
        if "gres=gpu:1" in block and "device=gpu" in block
    }
    assert with_device == ACCELERATED
