"""Two processes at one training, through the real scripts and engines: signals, kills, keys."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import torch
from project import ENVIRONMENT, Project
from safetensors.torch import load_file

from dcgan_core.files import sha256_file
from dcgan_core.records import read_json
from dcgan_core.train.state.checkpoint import load_state

COMMAND = ["python", "workflow/scripts/train.py", "--size", "16"]
TWO = [*COMMAND, "--processes", "2"]
LONG = {"train.epochs": 40, "train.snapshots": 2}


def weights(project: Project) -> dict[str, str]:
    """Hashes of all that training leaves but its timings."""
    results = project.root / "results/16"
    files = [*sorted(results.glob("snapshots/*.safetensors"))]
    files += [results / "final.safetensors", results / "discriminator.safetensors"]
    return {path.name: sha256_file(path) for path in files}


BEGINNING = ("cannot go on from", "training images, batch", "steps are too few", " min", " minute")


def after_the_beginning(said: str) -> list[str]:
    """Lines but those that tell how long the training is."""
    return [
        line for line in said.strip().splitlines() if not any(map(line.__contains__, BEGINNING))
    ]


@pytest.fixture(scope="module")
def long(built, tmp_path_factory) -> Project:
    """The finished project with a longer training still to run."""
    project = built.copy(tmp_path_factory.mktemp("long") / "project")
    project.change(LONG)
    return project


@pytest.fixture(scope="module")
def undisturbed(long, tmp_path_factory) -> dict[str, str]:
    """The weights of the longer training, by two processes in one go."""
    project = long.copy(tmp_path_factory.mktemp("whole") / "project")
    project.run(*TWO)
    return weights(project)


def rank_of(process: int) -> bytes:
    """The rank that torchrun gave to a process, as a digit."""
    return re.search(rb"\0RANK=(\d)", Path(f"/proc/{process}/environ").read_bytes())[1]


class Training:
    """The command under way, caught in the middle of its work."""

    def __init__(self, project: Project):
        self.project = project
        self.process = subprocess.Popen(
            TWO, cwd=project.root, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
        )
        while not list(project.root.glob(".dcgan/state/train@16/*/state.pt")):
            assert self.process.poll() is None, self.process.communicate()[1]
            time.sleep(0.02)
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.ranks = sorted(map(int, children.read_text().split()), key=rank_of)
        assert len(self.ranks) == 2

    def end(self) -> tuple[int, str]:
        """The exit code and what was said, once all processes are gone."""
        _, said = self.process.communicate(timeout=30)
        assert not any(Path(f"/proc/{rank}").exists() for rank in self.ranks)
        return self.process.returncode, said


@pytest.mark.parametrize(
    "rank", [pytest.param(0, marks=pytest.mark.slow), 1], ids=["the first", "the other"]
)
def test_all_end_when_one_is_killed_and_the_same_command_goes_on(long, undisturbed, tmp_path, rank):
    project = long.copy(tmp_path / "project")
    training = Training(project)
    os.kill(training.ranks[rank], signal.SIGKILL)
    code, said = training.end()
    assert code == 3
    assert "Traceback" not in said
    assert f"process {rank} was killed by SIGKILL" in said
    assert "the same command goes on" in said
    assert len(after_the_beginning(said)) <= 2, said
    assert not (project.root / "results/keys/train@16").exists()
    assert "going on from step" in project.run(*TWO).stderr
    assert weights(project) == undisturbed


@pytest.mark.parametrize(
    "whom", ["the other rank", pytest.param("the launcher", marks=pytest.mark.slow)]
)
def test_a_signal_to_one_stops_all_at_one_step_with_the_state_saved(
    long, undisturbed, tmp_path, whom
):
    project = long.copy(tmp_path / "project")
    training = Training(project)
    target = training.ranks[1] if whom == "the other rank" else training.process.pid
    os.kill(target, signal.SIGTERM)
    code, said = training.end()
    assert code == 130
    (line,) = after_the_beginning(said)
    step = int(re.search(r"stopped at step (\d+) of \d+, all saved", line)[1])
    (state,) = project.root.glob(".dcgan/state/train@16/*/state.pt")
    assert load_state(state)["step"] == step
    assert f"going on from step {step}," in project.run(*TWO).stderr
    assert weights(project) == undisturbed


def test_ranks_end_when_their_launcher_is_killed(long, tmp_path):
    training = Training(long.copy(tmp_path / "project"))
    os.kill(training.process.pid, signal.SIGKILL)
    training.process.wait()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{rank}").exists() for rank in training.ranks):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--processes", "3"], ["train.batch_size = 8", "3 processes", "multiple, such as 6"]),
        (["--processes", "0"], ["processes = '0'", "at least 1, or auto"]),
        (["--processes", "two"], ["processes = 'two'", "at least 1, or auto"]),
    ],
)
def test_what_cannot_be_shared_out_is_told_in_one_line(built, tmp_path, arguments, words):
    project = built.copy(tmp_path / "project")
    result = project.run(*COMMAND, *arguments, check=False)
    assert result.returncode == 2, result.stderr
    (line,) = result.stderr.strip().splitlines()
    assert all(word in line for word in words)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
@pytest.mark.parametrize("processes", ["auto", "2"])
def test_processes_of_an_absent_device_are_told_in_one_line(built, tmp_path, processes):
    project = built.copy(tmp_path / "project")
    result = project.run(*COMMAND, "--device", "gpu", "--processes", processes, check=False)
    assert result.returncode == 2, result.stderr
    (line,) = result.stderr.strip().splitlines()
    assert "no CUDA or ROCm GPU" in line


@pytest.mark.slow
def test_two_machines_as_a_cluster_starts_them(built, tmp_path):
    """Two of torchrun on one machine, each as ``srun torchrun`` would run it on its own."""
    project = built.copy(tmp_path / "project")
    shutil.rmtree(project.root / "results/keys/train@16")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["torchrun", "--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "c10d"]
    command += ["--rdzv-id", "1", "--rdzv-endpoint", endpoint, *COMMAND[1:]]
    # Each takes its machine for its own, with all the cores.
    command += ["--threads", "1"]
    machines = [
        subprocess.Popen(
            command, cwd=project.root, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [machine.communicate(timeout=300)[1] for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], "\n".join(said)
    record = read_json(project.root / "results/16/run.json")
    assert (record["processes"], record["machines"]) == (2, 2)
    for name in ("final", "discriminator"):
        found = load_file(project.root / f"results/16/{name}.safetensors")
        expected = load_file(built.root / f"results/16/{name}.safetensors")
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    # The training stands. What follows it was built on other bits, and is made again, once.
    followers = {"gif@16", "parzen@16", "fidelity@16", "sample@16", "explorer@16", "summary"}
    assert project.pending_in_snakemake() == followers
    project.snakemake()
    assert project.pending_in_snakemake() == set()
    assert project.pending_in_dvc() == set()


def test_snakemake_trains_with_the_processes_that_its_resources_name(built, tmp_path):
    project = built.copy(tmp_path / "project")
    shutil.rmtree(project.root / "results/keys/train@16")
    (key,) = (built.root / "results/keys/train@16").iterdir()
    project.snakemake("--set-resources", "train:processes=2")
    assert read_json(project.root / "results/16/run.json")["processes"] == 2
    assert [path.name for path in (project.root / "results/keys/train@16").iterdir()] == [key.name]
    for name in ("final", "discriminator", "snapshots/images_000000056", "best"):
        found = load_file(project.root / f"results/16/{name}.safetensors")
        expected = load_file(built.root / f"results/16/{name}.safetensors")
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    # With one process again, nothing is to be done: how many is no part of the key.
    assert "Nothing to be done" in project.snakemake()
    assert project.pending_in_dvc() == set()
