"""A finished training goes on when its length is raised, whichever engine runs it."""

import pytest
from settings import NETWORKS

from dcgan_core.files import sha256_file


def networks(project):
    folder = project.root / "results/16"
    paths = [folder / name for name in NETWORKS]
    paths += sorted((folder / "snapshots").glob("images_*"))
    return {path.name: sha256_file(path) for path in paths}


def said(project) -> str:
    return (project.root / "logs/train-16.log").read_text()


@pytest.fixture(scope="module")
def finished(built, tmp_path_factory):
    project = built.copy(tmp_path_factory.mktemp("finished") / "project")
    project.change({"train.schedule": "constant", "train.epochs": 2})
    project.snakemake()
    return project


@pytest.fixture(scope="module")
def whole(finished, tmp_path_factory):
    """Networks of the longer length, trained at once."""
    project = finished.copy(tmp_path_factory.mktemp("whole") / "project")
    (project.root / "results/16/training_state.pt").unlink()
    project.change({"train.epochs": 4})
    project.snakemake()
    assert "going on" not in said(project)
    return networks(project)


def test_with_snakemake(finished, whole, tmp_path):
    project = finished.copy(tmp_path / "project")
    project.change({"train.epochs": 4})
    project.snakemake()
    assert "going on from the finished training, step 14" in said(project)
    assert networks(project) == whole
    assert project.pending_in_dvc() == set()


def test_with_dvc(finished, whole, tmp_path):
    project = finished.copy(tmp_path / "project")
    project.change({"train.epochs": 4})
    done = project.run("dvc", "repro")
    assert "going on from the finished training, step 14" in done.stderr
    assert networks(project) == whole
    assert project.pending_in_snakemake() == set()
