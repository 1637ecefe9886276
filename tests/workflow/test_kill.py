"""Training killed with SIGKILL at random moments ends in the weights of a run never killed."""

import os
import random
import signal
import subprocess
import time

import pytest
from project import ENVIRONMENT, Project

from dcgan_core.files import sha256_file

LONG = {"train.epochs": 110, "train.snapshots": 2}


def weights(project: Project) -> dict[str, str]:
    """Hashes of all that training leaves but its timings."""
    results = project.root / "results/16"
    files = [*sorted(results.glob("snapshots/*.safetensors"))]
    files += [results / "final.safetensors", results / "discriminator.safetensors"]
    return {path.name: sha256_file(path) for path in files}


def steps_saved(project: Project) -> int:
    """How many previews the work folder holds: a sign of how far a run has come."""
    return len(list(project.root.glob(".dcgan/state/train@16/*/previews/*.png")))


def run_and_kill(project: Project, command: list[str], rng: random.Random) -> bool:
    """Start ``command``, kill it and all its children at a random moment; True if it had ended."""
    seen = steps_saved(project)
    process = subprocess.Popen(
        command,
        cwd=project.root,
        env=ENVIRONMENT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # A random moment after it has trained at all, so that start-up time does not decide.
    deadline = time.monotonic() + 120
    while process.poll() is None and steps_saved(project) == seen and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.25))
    ended = process.poll() is not None
    if not ended:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return ended


@pytest.fixture(scope="module")
def long(built, tmp_path_factory) -> Project:
    """The finished project with a longer training still to run."""
    project = built.copy(tmp_path_factory.mktemp("long") / "project")
    project.change(LONG)
    project.commit("longer")
    return project


@pytest.fixture(scope="module")
def never_killed(long, tmp_path_factory) -> dict[str, str]:
    """The weights of the longer training, run in one go."""
    project = long.copy(tmp_path_factory.mktemp("whole") / "project")
    project.run("python", "workflow/scripts/train.py", "--size", "16")
    return weights(project)


def test_ten_kills_at_random_moments_change_no_bit(long, never_killed, tmp_path):
    project = long.copy(tmp_path / "project")
    command = ["python", "workflow/scripts/train.py", "--size", "16"]
    rng = random.Random(20)
    kills = 0
    while kills < 10:
        assert not run_and_kill(project, command, rng), f"ended after {kills} kills"
        kills += 1
        assert not (project.root / "results/keys/train@16").exists()
    result = project.run(*command)
    assert "going on from step" in result.stderr
    assert weights(project) == never_killed
    assert not list(project.root.glob(".dcgan/state/*/*"))


@pytest.mark.parametrize(
    "command", [["snakemake", "--profile", "cpu"], ["dvc", "repro"]], ids=["snakemake", "dvc"]
)
def test_either_engine_goes_on_after_a_kill_by_the_same_command(
    long, never_killed, tmp_path, command
):
    project = long.copy(tmp_path / "project")
    rng = random.Random(7)
    for _ in range(2):
        assert not run_and_kill(project, command, rng)
    project.run(*command)
    assert weights(project) == never_killed
    assert "Nothing to be done" in project.snakemake("--dry-run")
    assert project.pending_in_dvc() == set()


def test_ctrl_c_saves_and_the_same_command_goes_on(long, never_killed, tmp_path):
    project = long.copy(tmp_path / "project")
    command = ["python", "workflow/scripts/train.py", "--size", "16"]
    process = subprocess.Popen(
        command, cwd=project.root, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    while steps_saved(project) == 0:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "all saved" in message
    assert "Traceback" not in message
    assert "going on from step" in project.run(*command).stderr
    assert weights(project) == never_killed
