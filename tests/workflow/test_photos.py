"""From a folder of photos to pictures, by one command."""

import sys

import pytest
from advise.pictures import fill
from project import Project

RECIPE = '# Tiny: only its size.\nsizes: ["16"]\n'


@pytest.mark.slow
def test_one_command_trains_on_a_folder_of_photos(tmp_path):
    photos = fill(tmp_path / "photos", 40, 24, 24)
    project = Project.fresh(tmp_path / "project")
    (project.root / "recipes/tiny.yaml").write_text(RECIPE)
    done = project.run(
        sys.executable, "-m", "dcgan_core", "train", str(photos), "--recipe", "tiny",
        environment={"PYTHONPATH": str(project.root / "src"), "DCGAN_DEVICE": "cpu"},
    )  # fmt: skip
    assert "time: training about " in done.stdout
    assert done.stdout.splitlines()[-1] == "the page: results/summary/report.html"
    assert (project.root / "results/16/samples.png").is_file()
    assert (project.root / "results/summary/report.html").is_file()
    assert project.params().download.path == str(photos)
    assert "Nothing to be done" in project.snakemake("--dry-run")
    project.dvc("repro")
    assert project.pending_in_dvc() == set()
    assert len(list(photos.iterdir())) == 40
