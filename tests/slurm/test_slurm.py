"""The pipeline through a real SLURM of one node: results, devices, errors, jobs cut off."""

import itertools
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cluster import free_ports
from jobs import jobs_of, running_or_skip, snakemake
from project import ENVIRONMENT, Project
from settings import NETWORKS

from dcgan_core import stages
from dcgan_core.files import sha256_file
from dcgan_core.records import read_json

pytestmark = pytest.mark.slow

ACCELERATED = {"train", "sample", "gif", "parzen", "fidelity"}


def test_the_whole_pipeline_runs_as_jobs_and_is_complete(cluster, finished):
    project, said = finished
    expected = {
        f"{name}@{size}" if stage.sized else name
        for name, stage in stages.STAGES.items()
        for size in (["16", "20"] if stage.sized else [None])
    }
    jobs = jobs_of(cluster, project)
    assert set(jobs) == expected
    assert {job["JobState"] for job in jobs.values()} == {"COMPLETED"}
    metrics = json.loads((project.root / "results/metrics.json").read_text())
    assert set(metrics) == {"schema", "16", "20"}
    assert said.count("Done. Look at:") == 1
    assert "Nothing to be done" in snakemake(project).stdout + snakemake(project).stderr
    assert set(jobs_of(cluster, project)) == expected
    assert project.pending_in_dvc() == set()
    assert "Nothing to be done" in project.snakemake("--dry-run")


def test_the_results_are_those_of_a_run_without_slurm(finished, built):
    project, _ = finished
    for name in (*NETWORKS, "parzen.csv", "fidelity.csv"):
        ours, theirs = (p.root / "results/16" / name for p in (project, built))
        assert sha256_file(ours) == sha256_file(theirs), name


def test_each_job_asked_for_what_the_profile_says(cluster, finished):
    project, _ = finished
    jobs = jobs_of(cluster, project)
    for name, job in jobs.items():
        rule = name.split("@")[0]
        assert job.get("TresPerNode") == ("gres:hpu:1" if rule in ACCELERATED else None), name
        assert job["Partition"] == "other"
    assert jobs["train@16"]["NumCPUs"] == "8"
    assert jobs["download"]["NumCPUs"] == "4"
    assert jobs["normalize@16"]["NumCPUs"] == "1"
    assert jobs["train@16"]["MinMemoryNode"] == "8000M"
    assert jobs["train@16"]["TimeLimit"] == "1-00:00:00"
    assert jobs["sample@16"]["TimeLimit"] == "01:00:00"


def test_one_device_is_given_to_one_job_at_a_time(cluster, finished):
    project, _ = finished
    jobs = jobs_of(cluster, project)
    first, second = sorted((jobs["train@16"], jobs["train@20"]), key=lambda job: job["StartTime"])
    assert second["SubmitTime"] < first["EndTime"] <= second["StartTime"]
    with_device = [job for name, job in jobs.items() if name.split("@")[0] in ACCELERATED]
    in_turn = sorted(with_device, key=lambda job: (job["StartTime"], job["EndTime"]))
    for before, after in itertools.pairwise(in_turn):
        assert before["EndTime"] <= after["StartTime"]


def test_a_failed_job_says_why_and_where_its_logs_are(handing_in, tmp_path):
    project = handing_in(Project.fresh(tmp_path / "project", {"download.source": "folder"}))
    result = snakemake(project)
    said = result.stdout + result.stderr
    assert result.returncode
    assert "data/own" in said
    assert "logs/download.log" in said
    logs = list((project.root / ".snakemake/slurm_logs/rule_download").glob("*.log"))
    assert len(logs) == 1
    assert str(logs[0]) in said
    assert "Traceback" not in said
    assert not [path for path in (project.root / "results").rglob("*") if path.is_file()]


def test_a_device_that_the_cluster_does_not_have_is_named(project, handing_in):
    handing_in(project).change({"gif.frame_ms": 40})
    result = snakemake(project, "--set-resources", "gif:device=cpu", "gif:gres=tpu:1")
    said = result.stdout + result.stderr
    assert result.returncode
    assert "Invalid generic resource (gres) specification" in said
    assert "--gres=tpu:1" in said


def test_a_training_that_slurm_ends_goes_on_in_a_second_job(project, handing_in, cluster, tmp_path):
    project.change({"train.epochs": 40, "train.snapshots": 2})
    undisturbed = project.copy(tmp_path / "undisturbed")
    undisturbed.run("python", "workflow/scripts/train.py", "--size", "16", timeout=1200)
    handing_in(project)
    with ThreadPoolExecutor(1) as pool:
        running_on = pool.submit(snakemake, project, "--until", "train", "--retries", "1")
        while not list(project.root.glob(".dcgan/state/train@16/*/previews/*.png")):
            assert not running_on.done(), running_on.result().stderr
            time.sleep(0.1)
        ended = jobs_of(cluster, project)["train@16"]["JobId"]
        cluster.ask("scancel", ended)
        result = running_on.result()
    assert result.returncode == 0, result.stderr
    assert f"SLURM-job '{ended}' failed, SLURM status is: 'CANCELLED'" in result.stderr
    assert "going on from step" in (project.root / "logs/train-16.log").read_text()
    ours, theirs = (p.root / "results/16/final.safetensors" for p in (project, undisturbed))
    assert sha256_file(ours) == sha256_file(theirs)


def test_torchrun_under_srun_trains_on_two_nodes(tmp_path):
    project = Project.fresh(tmp_path / "project")
    project.snakemake("--until", "normalize")
    torchrun = Path(sys.executable).parent / "torchrun"
    with running_or_skip(2) as two:
        project.environment = two.reach(ENVIRONMENT)
        step = ["srun", "--nodes=2", "--ntasks-per-node=1", "--gres=hpu:1", str(torchrun)]
        # The endpoint as in docs/slurm.md, but that these nodes' names mean nothing to the network.
        step += ["--nnodes=2", "--nproc-per-node=1", "--rdzv-id=1", "--rdzv-backend=c10d"]
        step += [f"--rdzv-endpoint=127.0.0.1:{free_ports(1)[0]}", "--local-addr=127.0.0.1"]
        project.run(*step, "workflow/scripts/train.py", "--size", "16", "--device", "cpu")
    assert read_json(project.root / "results/16/run.json")["processes"] == 2
    project.environment = ENVIRONMENT
    # What is left to do is all but training.
    assert project.pending_in_snakemake() == {
        "sample@16",
        "gif@16",
        "parzen@16",
        "fidelity@16",
        "summary",
    }


def test_the_cluster_ends_whole_and_leaves_nothing():
    with running_or_skip(1) as second:
        assert second.ask("srun", "echo", "here") == "here\n"
        processes = list(second.processes)
        assert all(process.poll() is None for process in processes)
    assert all(process.poll() is not None for process in processes)
    assert not second.folder.exists()
