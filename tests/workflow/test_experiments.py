"""DVC experiments on a tiny configuration: run, queue, show, compare."""

import csv
import io
import json

import pytest
from project import Project
from settings import NETWORKS

from dcgan_core.params.recipes import read_recipe


@pytest.mark.slow
def test_experiments_are_run_queued_shown_and_compared(project: Project):
    project.dvc("exp", "run", "-n", "low", "-S", "train.lr=1e-4")
    assert project.params().train.lr == 1e-4
    project.git("checkout", "-q", "params.yaml", "dvc.lock")
    project.dvc("checkout")
    project.dvc("exp", "run", "--queue", "-n", "q1", "-S", "train.lr=3e-4")
    project.dvc("exp", "run", "--queue", "-n", "q2", "-S", "model.ngf=5")
    project.dvc("queue", "start")
    project.run("dvc", "queue", "logs", "q1", "--follow", check=False)
    project.run("dvc", "queue", "logs", "q2", "--follow", check=False)

    table = list(csv.DictReader(io.StringIO(project.dvc("exp", "show", "--csv"))))
    rows = {row["Experiment"]: row for row in table if row["Experiment"]}
    assert {"low", "q1", "q2"} <= set(rows)
    assert float(rows["low"]["train.lr"]) == 1e-4
    assert rows["q2"]["model.ngf"] == "5"
    scores = [rows[name]["16.fd_efflite0"] for name in ("low", "q1", "q2")]
    assert all(float(score) > 0 for score in scores)
    assert len(set(scores)) == 3

    changes = json.loads(project.dvc("metrics", "diff", "low", "q2", "--json"))
    assert "16.fd_efflite0" in str(changes) or "fd_efflite0" in str(changes)
    project.run("python", "workflow/scripts/offline_plots.py")
    project.dvc("plots", "diff", "low", "q1", "-o", "plots")
    page = (project.root / "plots/index.html").read_text()
    assert '"loss_d"' in page
    assert "vegaEmbed" in page
    assert '<script src="http' not in page


@pytest.mark.slow
def test_recipes_are_queued_by_one_command_with_all_their_settings(project: Project):
    before = project.params()
    project.run("sh", "workflow/dcgan", "recipe", "queue", "rect-157x128-asrun", "best-32")
    assert project.params() == before
    table = list(csv.DictReader(io.StringIO(project.dvc("exp", "show", "--csv"))))
    rows = {row["Experiment"]: row for row in table if row["Experiment"]}
    assert {"rect-157x128-asrun", "best-32"} <= set(rows)
    for name in ("rect-157x128-asrun", "best-32"):
        for setting, value in read_recipe(name, project.root).settings.items():
            shown = rows[name][setting].strip("[]'")
            wanted = value[0] if isinstance(value, list) else value
            assert shown == str(wanted) or float(shown) == float(wanted), setting


@pytest.mark.slow
def test_all_four_sizes_run_through_both_engines_with_equal_results(tmp_path):
    from PIL import Image

    sizes = {"32": (32, 32), "64": (64, 64), "128": (128, 128), "157x128": (157, 128)}
    settings = {"sizes": list(sizes), "train.epochs": 2}
    by_snakemake = Project.fresh(tmp_path / "a" / "project", settings)
    by_dvc = Project.fresh(tmp_path / "b" / "project", settings)
    by_snakemake.snakemake()
    by_dvc.dvc("repro")
    for size, (height, width) in sizes.items():
        left, right = (p.root / "results" / size for p in (by_snakemake, by_dvc))
        for name in (*NETWORKS, "fidelity.csv", "parzen.csv"):
            assert (left / name).read_bytes() == (right / name).read_bytes(), (size, name)
        for name, rows, columns in (("samples.png", 2, 3), ("training.gif", 2, 2)):
            with Image.open(left / name) as picture:
                assert picture.size == (columns * (width + 2) + 2, rows * (height + 2) + 2)
    metrics = [(p.root / "results/metrics.json").read_bytes() for p in (by_snakemake, by_dvc)]
    assert metrics[0] == metrics[1]
    assert set(json.loads(metrics[0])) == {"schema", *sizes}
    assert "Nothing to be done" in by_dvc.snakemake("--dry-run")
    assert by_snakemake.pending_in_dvc() == set()
