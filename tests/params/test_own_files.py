"""Files of the user's never lie where the program empties folders."""

import shutil

import pytest
from settings import ROOT

from dcgan_core.errors import UserError
from dcgan_core.params import load_params


@pytest.fixture
def project(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return tmp_path


def load(project, path, source="folder"):
    changes = {"download.source": source, "download.path": str(path)}
    return load_params(project / "params.yaml", changes)


@pytest.mark.parametrize(
    "path",
    [
        "data/raw/folder",
        "data/raw",
        "data/resized/x",
        "results/mine",
        ".dcgan/downloads",
        "data",
        ".",
        "data/own/../raw/folder",
        "../{name}/data/raw",
    ],
)
def test_a_folder_that_is_emptied_is_refused_in_one_line(project, path):
    with pytest.raises(UserError, match=r"download\.path = .* would be lost") as told:
        load(project, path.format(name=project.name))
    assert "\n" not in str(told.value)


def test_an_absolute_path_and_a_link_are_seen_through(project):
    (project / "data/raw").mkdir(parents=True)
    (project / "photos").symlink_to(project / "data/raw")
    for path in (project / "data/raw/folder", "photos"):
        with pytest.raises(UserError, match="would be lost"):
            load(project, path)


def test_an_archive_beside_what_is_emptied_is_refused(project):
    with pytest.raises(UserError, match="lies in data/raw"):
        load(project, "data/raw/archive/mine.zip", "archive")


@pytest.mark.parametrize("path", ["data/own", "/photos", "photos", "data/raw-photos", "../photos"])
def test_other_folders_are_taken(project, path):
    assert load(project, path).download.path == path


def test_a_path_that_nothing_reads_is_no_trouble(project):
    assert load(project, "data/raw", "earth").download.path == "data/raw"
