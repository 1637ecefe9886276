"""What people type: folders for snapshots, other spellings, ``~``, ``--debug``."""

import shutil

import pytest
from nets.snapshots import save_drawing_generator

from dcgan_core import cli
from dcgan_core.cli.values import to_path, to_run, to_size
from dcgan_core.device import DEVICES
from dcgan_core.sample import load_generator
from dcgan_core.sample.grid import to_picture
from dcgan_core.sample.latents import draw_latents
from dcgan_core.sample.sampler import generate


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run's folder with results of one size; the present folder is another."""
    place = tmp_path / "run"
    save_drawing_generator(place / "results/16/best.safetensors", 1)
    (place / "results/16/snapshots").mkdir()
    save_drawing_generator(place / "results/16/snapshots/images_000000002.safetensors", 2)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    return place


def drawn(path, tmp_path):
    """The sheet of a snapshot that is named by its file."""
    words = ["--rows", "1", "--columns", "2", "--out", str(tmp_path / "expected")]
    assert cli.main(["sample", str(path), *words]) == 0
    return (tmp_path / "expected/samples.png").read_bytes()


@pytest.mark.parametrize("typed", ["../run", "../run/results", "../run/results/16", "~/run"])
def test_a_folder_means_its_best_snapshot_and_says_which(run, tmp_path, caplog, typed):
    expected = drawn(run / "results/16/best.safetensors", tmp_path)
    with caplog.at_level("INFO", "dcgan"):
        words = ["sample", typed, "--rows", "1", "--columns", "2", "--out=~/made"]
        assert cli.main(words) == 0
    assert (tmp_path / "made/samples.png").read_bytes() == expected
    (line,) = [line for line in caplog.messages if "best snapshot" in line]
    assert line.endswith("results/16/best.safetensors")


def test_of_a_run_with_several_sizes_one_is_chosen(run, tmp_path, capsys):
    save_drawing_generator(run / "results/18x16/best.safetensors", 3, size=(18, 16))
    assert cli.main(["sample", "../run"]) == 1
    assert "of sizes 16, 18x16: choose one with --size" in capsys.readouterr().err
    for typed, size in (("16x16", "16"), ("18X16", "18x16")):
        words = ["sample", "../run", "--size", typed, "--rows", "1", "--columns", "2"]
        assert cli.main([*words, "--out", str(tmp_path / size)]) == 0
        expected = drawn(run / f"results/{size}/best.safetensors", tmp_path)
        assert (tmp_path / size / "samples.png").read_bytes() == expected
    assert cli.main(["sample", "../run/results/16", "--size", "16"]) == 1
    assert "give one of the two" in capsys.readouterr().err


def test_the_film_of_a_run(run, tmp_path, capsys):
    from dcgan_core.sample.latents import fixed_latents, save_fixed_latents

    save_fixed_latents(run / "results/16/snapshots", fixed_latents(6, seed=7))
    words = ["--rows", "1", "--columns", "1", "--out", str(tmp_path / "film.webp")]
    for typed in ("../run", "../run/results", "../run/results/16"):
        assert cli.main(["film", typed, *words]) == 0
    (run / "results/16/snapshots").rename(run / "elsewhere")
    assert cli.main(["film", "../run", *words]) == 1
    assert "results/*/snapshots: there is none" in capsys.readouterr().err


def test_neighbors_of_another_run_are_sought_among_its_images(run, capsys):
    (run.parent / "here/data/normalized/16").mkdir(parents=True)
    assert cli.main(["neighbors", "../run"]) == 1
    assert "../run/data/normalized/16/train.npy: not found" in capsys.readouterr().err


def test_other_names_of_devices():
    parser = cli.build_parser()
    for typed, device in (("cuda", "gpu"), ("CUDA", "gpu"), ("gaudi", "hpu"), ("gpu", "gpu")):
        assert parser.parse_args(["sample", "--device", typed]).device == device
        assert device in DEVICES


def test_spellings():
    assert [to_size(text) for text in ("64", "64x64", "64X64", "64×64", "157X128", "x", "")] == [
        "64", "64", "64", "64", "157x128", "x", "",
    ]  # fmt: skip
    assert to_run("HEAD~3") == "HEAD~3"
    with pytest.raises(SystemExit, match="2"):
        cli.main(["sample", "--out", "~nobody-of-this-name/x"])


def test_home_in_names_of_runs_and_paths(run):
    assert to_run("~/run") == str(to_path("~/run")) == str(run)


@pytest.mark.parametrize("words", [["--debug", "sample", "none"], ["sample", "none", "--debug"]])
def test_debug_shows_where_an_error_arose(run, caplog, capsys, words):
    assert cli.main([word for word in words if word != "--debug"]) == 1
    assert caplog.text == ""
    assert cli.main(words) == 1
    assert "Traceback" in caplog.text
    assert "in snapshot_file" in caplog.text
    assert capsys.readouterr().err.splitlines()[-1].startswith("dcgan: none: no such file")


def test_every_command_knows_debug():
    for command in (["recipe", "list"], ["film"], ["verify"], ["doctor"], ["compare", "a", "b"]):
        assert cli.build_parser().parse_args([*command, "--debug"]).debug


def test_the_snapshot_of_a_copy_alone(run, tmp_path):
    copy = shutil.copy(run / "results/16/best.safetensors", tmp_path / "mine.safetensors")
    words = ["--rows", "1", "--columns", "1", "--each", "--out", str(tmp_path / "one")]
    assert cli.main(["sample", "~/mine.safetensors", *words]) == 0
    image = generate(load_generator(copy), draw_latents(1, 6, 1))[0]
    to_picture(image).save(tmp_path / "expected.png")
    assert (tmp_path / "one/sample-0000.png").read_bytes() == (
        tmp_path / "expected.png"
    ).read_bytes()
