"""Own images stay with their owner; what was made of them travels."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image
from project import Project

OWN = {"download.source": "folder", "download.path": "data/own"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Project:
    """A finished run on eighty images in data/own."""
    project = Project.fresh(tmp_path_factory.mktemp("own") / "project", OWN)
    rng = np.random.default_rng(0)
    for index in range(80):
        pixels = rng.integers(0, 256, (20, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(project.root / f"data/own/{index:02}.png")
    project.snakemake()
    project.commit("on own images")
    return project


@pytest.fixture
def own(finished, tmp_path) -> Project:
    return finished.copy(tmp_path / "project")


def without_images(project: Project) -> None:
    for path in (project.root / "data/own").glob("*.png"):
        path.unlink()


def nothing_to_do(project: Project) -> None:
    assert "Nothing to be done" in project.snakemake("--dry-run")
    project.dvc("repro")
    assert project.pending_in_dvc() == set()


def test_a_clone_that_pulls_needs_no_images(own, tmp_path):
    own.dvc("push")
    clone = own.clone(tmp_path / "clone")
    clone.dvc("pull")
    nothing_to_do(clone)
    clone.change({"sample.seed": 9})
    assert clone.pending_in_snakemake() == {"sample@16", "summary"}
    clone.snakemake()
    nothing_to_do(clone)


def test_an_experiment_in_a_copy_needs_no_images(own):
    own.dvc("exp", "run", "--temp", "-n", "slow", "-S", "gif.frame_ms=40")
    own.dvc("exp", "apply", "slow")
    assert own.params().gif.frame_ms == 40
    nothing_to_do(own)


@pytest.mark.slow
def test_a_queue_of_four_with_two_workers_needs_no_images(own):
    names = [f"q{index}" for index in range(4)]
    for index, name in enumerate(names):
        own.dvc("exp", "run", "--queue", "-n", name, "-S", f"gif.frame_ms={40 + 10 * index}")
    own.dvc("queue", "start", "--jobs", "2")
    for name in names:
        own.run("dvc", "queue", "logs", name, "--follow", check=False)
    shown = own.dvc("exp", "show", "--csv")
    assert all(name in shown for name in names)
    assert own.dvc("queue", "status").count("Success") == 4


def test_images_that_are_needed_and_gone_are_told_before_anything_is_deleted(own):
    without_images(own)
    assert "Nothing to be done" in own.snakemake("--dry-run")
    shutil.rmtree(own.root / "results/keys/download")
    said = own.run("snakemake", "--profile", "cpu", check=False)
    assert said.returncode
    assert "data/own: no images here" in said.stdout + said.stderr
    raw = own.root / "data/raw/folder/images"
    assert len(list(raw.glob("*.png"))) == 80
    result = own.run("dvc", "repro", "--force", "source", check=False)
    assert "data/own: no images here" in result.stdout + result.stderr
    assert len(list(raw.glob("*.png"))) == 80


def test_new_images_are_noticed_in_both_engines(own):
    shutil.copy(own.root / "data/own/00.png", own.root / "data/own/new.png")
    assert "download" in own.pending_in_snakemake()
    assert "source" in own.pending_in_dvc()


def test_a_folder_of_images_called_logs_is_seen_by_both(own):
    """Folders of the project's own are left out at its root alone."""
    folder = own.root / "data/own/logs"
    folder.mkdir()
    shutil.copy(own.root / "data/own/00.png", folder / "new.png")
    assert "download" in own.pending_in_snakemake()
    assert "source" in own.pending_in_dvc()


@pytest.mark.parametrize("kind", ["folder", "nothing", "name"])
def test_what_dvc_cannot_look_at_is_refused_by_both(own, tmp_path, kind):
    odd = own.root / "data/own/odd"
    if kind == "name":
        (own.root / "data/own/00.png").rename(os.fsdecode(bytes(own.root / "data/own") + b"/\xff"))
    else:
        odd.symlink_to(tmp_path if kind == "folder" else tmp_path / "nowhere")
    result = own.run("snakemake", "--profile", "cpu", "--dry-run", check=False)
    assert result.returncode
    assert "data/own" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert own.run("dvc", "repro", "--force", "source", check=False).returncode
