"""dcgan init, as typed, on folders made for it."""

import shutil

import pytest
from advise.pictures import fill
from settings import ROOT

from dcgan_core import cli
from dcgan_core.params import load_params

PARAMS = (ROOT / "params.yaml").read_text()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project's settings and recipes, with sixty wide pictures in data/own."""
    root = tmp_path / "project"
    fill(root / "data/own", 60, 64, 96)
    (root / "params.yaml").write_text(PARAMS)
    (root / "Snakefile").touch()
    shutil.copytree(ROOT / "recipes", root / "recipes")
    monkeypatch.chdir(root)
    monkeypatch.delenv("DCGAN_DEVICE", raising=False)
    return root


@pytest.fixture
def init(capsys):
    """A function from arguments to what is printed; nothing is measured."""

    def run(*arguments, code=0, command="init"):
        assert cli.main([command, *arguments, "--no-measure"]) == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    return run


def test_settings_are_written_with_their_reasons_and_comments(project, init):
    printed = init("data/own")
    params = load_params(project / "params.yaml")
    assert (params.download.source, params.download.path) == ("folder", "data/own")
    assert params.sizes == ["64x96"]
    assert params.stabilise.augment == "ada"
    assert (params.normalize.validation, params.train.images) == (0.2, 24_000)
    after = (project / "params.yaml").read_text()
    comments = [line.partition("#")[2] for line in PARAMS.splitlines()]
    assert [line.partition("#")[2] for line in after.splitlines()] == comments
    for words in ("60 images", "100 % are wide", "settings changed", "next: dcgan train"):
        assert words in printed
    assert "Traceback" not in printed
    assert {path.name for path in project.iterdir()} == {
        "data", "params.yaml", "recipes", "Snakefile"
    }  # fmt: skip


def test_the_same_again_changes_nothing(project, init):
    init("data/own")
    before = (project / "params.yaml").read_text()
    assert "has all of this already" in init("data/own")
    assert (project / "params.yaml").read_text() == before
    assert not list(project.glob("*.before*"))


def test_changes_of_ones_own_are_kept_and_never_overwritten(project, init):
    changed = PARAMS.replace("lr: 0.0005", "lr: 0.0004").replace("# params", "# mine")
    (project / "params.yaml").write_text(changed)
    assert "params.yaml.before: what params.yaml was" in init("data/own")
    assert (project / "params.yaml.before").read_text() == changed
    written = (project / "params.yaml").read_text()
    init("data/own", "--many")
    assert (project / "params.yaml.before").read_text() == changed
    assert (project / "params.yaml.before-2").read_text() == written


def test_a_dry_run_shows_all_and_writes_nothing(project, init):
    (project / "params.yaml").write_text(PARAMS.replace("lr: 0.0005", "lr: 0.0004"))
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    printed = init("data/own", "--dry-run")
    assert "nothing was written" in printed
    assert "  train.lr: 0.0004 -> 0.0005" in printed
    assert '  sizes: ["64"] -> ["64x96"]' in printed
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_flags_win(project, init):
    init("data/own", "--size", "32", "--images", "777", "--device", "hpu")
    params = load_params(project / "params.yaml")
    assert (params.sizes, params.train.images) == (["32"], 777)
    fill(project / "data/own", 200)
    init("data/own", "--recipe", "tutorial-64")
    params = load_params(project / "params.yaml")
    assert (params.sizes, params.train.images, params.train.epochs) == (["64"], 0, 5)


def test_photos_anywhere_are_named_in_full(project, init, tmp_path):
    elsewhere = fill(tmp_path / "my photos, ${all} # of them", 60, seed=2)
    init(str(elsewhere))
    assert load_params(project / "params.yaml").download.path == str(elsewhere)


def test_under_thirty_images_are_warned_of(project, init, tmp_path):
    printed = init(str(fill(tmp_path / "photos", 29)))
    assert "warning: 29 different images are too few" in printed
    assert load_params(project / "params.yaml").download.path == str(tmp_path / "photos")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere: not found. Name a folder"),
        (["."], "holds data/raw, which is emptied"),
        (["data/own", "--size", "8"], "each side must be from 16"),
        (["data/own", "--recipe", "bst-64"], "did you mean best-64"),
        (["data/own", "--device", "mps"], "no profile for it; choose one of cpu, gpu, hpu"),
        (["data/few"], "at least 20 are needed"),
        (["data/own", "--recipe", "rect-157x128"], "the train split has"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(project, init, arguments, words):
    fill(project / "data/few", 19)
    for file in (project / "data/own").glob("004*"):
        file.unlink()
    told = [line for line in init(*arguments, code=1).splitlines() if line.startswith("dcgan: ")]
    assert len(told) == 1
    assert words in told[0]
    assert (project / "params.yaml").read_text() == PARAMS


def test_outside_of_a_project_it_says_where_to_run(init, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in ("init", "train"):
        printed = init("photos", code=1, command=command)
        assert f"Run this in the project's folder: cd {ROOT}" in printed


def test_a_device_that_is_not_here_is_told_before_photos_are_looked_at(project, capsys):
    assert cli.main(["init", "data/own", "--device", "hpu"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("dcgan: device hpu: ")
    assert captured.out == ""


def test_the_time_is_told(project, capsys, monkeypatch):
    monkeypatch.setattr("dcgan_core.advise.timing.steps_per_second", lambda *_: 4.0)
    assert cli.main(["init", "data/own"]) == 0
    printed = capsys.readouterr().out
    assert "training about 12 min on this machine's cpu, measured at 32 images a second" in printed
