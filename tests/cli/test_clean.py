"""``dcgan clean``: what is listed, what is deleted, and what never is."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from settings import ROOT, TINY

from dcgan_core import cli
from dcgan_core.params import load_params
from dcgan_core.params.edit import write_settings
from dcgan_core.parts import part_of
from dcgan_core.process.locks import hold
from dcgan_core.stages import STAGES, resume_folder, stage_keys
from dcgan_core.stages.turns import turn_file

KILLED = "from dcgan_core.files import writing; import os, pathlib, sys\n" + (
    "with writing(sys.argv[1]) as part: part.write_text('half'); os._exit(9)"
)


def put(path, size=1000):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project's folder with code by links, results, photos, and all that may go."""
    for name in ("src", "workflow", "Snakefile", "recipes"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    write_settings(Path("params.yaml"), TINY)
    for kept in (
        "data/own/photo.jpg",
        "data/own/.photo.jpg.part-0123abcd",
        "data/raw/earth/images/a.png",
        "data/normalized/16/train.npy",
        "results/16/best.safetensors",
        "results/16/training_state.pt",
        "results/keys/train@16/abc",
        ".dcgan/keys/train@32/abc",
        ".dcgan/dvc.lock",
        ".snakemake/metadata/abc",
        ".dvc/cache/files/md5/00/abc",
    ):
        put(kept)
    put(".dcgan/downloads/archive-abc", 3_000_000)
    put(".dcgan/features/abc.safetensors", 200_000)
    put(".dcgan/state/train@16/0123/state.pt", 500_000)
    put(".snakemake/log/run.log")
    params = load_params("params.yaml")
    size, key = params.sizes[0], stage_keys(params)["train"]
    put(resume_folder(STAGES["train"], size, key) / "state.pt")
    return tmp_path


def kill_a_writer(target):
    """What a killed process leaves of a file that it was writing."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", KILLED, str(target)], env=environment)


def everything(root):
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if not path.is_symlink() and path.is_file() and "turns" not in path.parts
    }


def test_all_that_may_go_is_listed_and_goes_when_asked(project, capsys):
    kill_a_writer("results/16/latent/samples.png")
    (part,) = Path("results/16/latent").iterdir()
    before = everything(project)
    assert cli.main(["clean"]) == 0
    printed = capsys.readouterr().out
    assert everything(project) == before
    listed = re.findall(r"^ *([\d.]+ \w+)  (\S+):", printed, re.MULTILINE)
    assert {path: size for size, path in listed} == {
        ".dcgan/downloads": "3.0 MB",
        ".dcgan/features": "0.2 MB",
        ".dcgan/state/train@16/0123": "0.5 MB",
        ".snakemake/log": "1000 bytes",
        str(part): "4 bytes",
    }
    assert "3.7 MB  in all. Nothing was deleted" in printed
    assert cli.main(["clean", "--delete"]) == 0
    assert "3.7 MB  deleted" in capsys.readouterr().out
    gone = before - everything(project)
    assert {path.rpartition("/")[0] for path in gone} == {
        ".dcgan/downloads",
        ".dcgan/features",
        ".dcgan/state/train@16/0123",
        ".snakemake/log",
        str(part),
    }
    assert cli.main(["clean"]) == 0
    assert capsys.readouterr().out == "nothing to delete\n"


def test_a_stopped_training_goes_when_the_settings_are_others(project, capsys):
    params = load_params("params.yaml")
    size, key = params.sizes[0], stage_keys(params)["train"]
    state = resume_folder(STAGES["train"], size, key)
    assert cli.main(["clean"]) == 0
    assert str(state) not in capsys.readouterr().out
    write_settings(Path("params.yaml"), {"train.lr": 0.00031})
    assert cli.main(["clean"]) == 0
    assert str(state) in capsys.readouterr().out


def test_what_a_living_process_writes_stays(project, capsys):
    with part_of(Path("results/16/picture.png")) as part:
        put(part / "picture.png")
        assert cli.main(["clean", "--delete"]) == 0
        assert str(part) not in capsys.readouterr().out
        assert (part / "picture.png").exists()


@pytest.mark.parametrize("lock", ["snakemake", "stage", "other size", "training", "dvc"])
def test_nothing_goes_while_a_run_is_at_work(project, capsys, lock):
    paths = {
        "snakemake": Path(".dcgan/snakemake.lock"),
        "stage": turn_file(STAGES["fidelity"], load_params("params.yaml").sizes[0]),
        "other size": Path(".dcgan/turns/train@99"),
        "training": Path(".dcgan/state/train@16/0123/lock"),
        "dvc": Path(".dcgan/turns/dvc-123"),
    }
    held = hold(paths[lock])
    before = everything(project)
    assert cli.main(["clean", "--delete"]) == 1
    held.close()
    (line,) = capsys.readouterr().err.splitlines()
    assert f"a run is at work ({paths[lock].name})" in line
    assert everything(project) - before <= {".dcgan/snakemake.lock"}
    assert before <= everything(project)
    assert cli.main(["clean"]) == 0
    assert "Nothing was deleted" in capsys.readouterr().out
    assert cli.main(["clean", "--delete"]) == 0


def test_a_stage_that_begins_meanwhile_waits(project, tmp_path):
    """The real script of a stage, begun while the locks are held, does not run its stage."""
    from dcgan_core.stages.leftovers import nobody_at_work

    params = load_params("params.yaml")
    script = "from dcgan_core.stages import STAGES, turn\nwith turn(STAGES['source'], None): pass"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with nobody_at_work(params, Path()):
        process = subprocess.Popen([sys.executable, "-c", script], env=environment)
        time.sleep(1)
        assert process.poll() is None
    assert process.wait(timeout=60) == 0


def test_links_are_left_alone(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    put(elsewhere / "downloads/archive-abc")
    shutil.rmtree(".dcgan/downloads")
    Path(".dcgan/downloads").symlink_to(elsewhere / "downloads")
    assert cli.main(["clean", "--delete"]) == 0
    assert (elsewhere / "downloads/archive-abc").exists()
    assert Path(".dcgan/downloads").is_symlink()


def test_outside_a_project_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["clean", "--delete"]) == 1
    assert "no project here" in capsys.readouterr().err
