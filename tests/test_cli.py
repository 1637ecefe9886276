"""The dcgan command, as typed, on a tiny generator."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from cli.generated import kept_calls
from nets.models import model
from PIL import Image
from settings import ROOT

from dcgan_core import cli
from dcgan_core.data.pack import PackWriter
from dcgan_core.nets import build_generator
from dcgan_core.nets.snapshot import SnapshotInfo, save_generator
from dcgan_core.sample import load_generator
from dcgan_core.sample.latents import draw_latents
from dcgan_core.sample.sampler import generate

MODEL = model(5, 2, upsampling="bilinear")
NAMES = [command.__name__.rpartition(".")[2] for command in cli.COMMANDS]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def save_tiny(path, height, width):
    torch.manual_seed(0)
    generator = build_generator(height, width, 3, MODEL, torch.Generator().manual_seed(0)).eval()
    size = str(height) if height == width else f"{height}x{width}"
    save_generator(
        path,
        generator,
        SnapshotInfo(size, height, width, 3, MODEL.model_dump(), 1, 1, 8, "ema"),
    )


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder as a run leaves it, with a copy of sample 2 planted among the training images."""
    root = tmp_path_factory.mktemp("finished")
    best = root / "results" / "18x16" / "best.safetensors"
    save_tiny(best, 18, 16)
    planted = generate(load_generator(best), draw_latents(3, 5, 1))[2]
    rng = np.random.default_rng(0)
    folder = root / "data" / "normalized" / "18x16"
    folder.mkdir(parents=True)
    for split, count in (("train", 40), ("validation", 6)):
        images = rng.integers(0, 256, (count, 18, 16, 3), dtype=np.uint8)
        if split == "train":
            images[31] = planted[:, ::-1]
        with PackWriter(folder / f"{split}.npy", 18, 16, 3, np.uint8) as writer:
            writer.append(images)
    return root


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of that folder, to do anything with."""
    return shutil.copytree(finished, tmp_path / "run")


def dcgan(folder, *arguments, code=0):
    """Run the command in a folder; what it printed, errors too."""
    command = [sys.executable, "-m", "dcgan_core", *arguments]
    result = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout + result.stderr


def in_process(folder, monkeypatch, capsys, *arguments, code=0):
    """The same without a process of its own, to save the seconds that torch takes to load."""
    monkeypatch.chdir(folder)
    assert cli.main(arguments) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_help_is_quick_and_loads_no_torch(folder):
    listing = dcgan(folder, "--help")
    assert all(name in listing for name in NAMES)
    script = "import sys, dcgan_core.cli as c; c.build_parser(); print('torch' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


@pytest.mark.parametrize("name", NAMES)
def test_each_help_teaches_by_an_example_that_parses(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main([name, "--help"])
    text = capsys.readouterr().out
    examples = re.findall(rf"^  dcgan ({name}[^\n]*)", text.partition("example")[2], re.MULTILINE)
    assert examples
    for example in examples:
        words = example.split("   ")[0].split()
        assert cli.build_parser().parse_args(words).run


def test_sample_as_a_command_finds_the_only_snapshot(folder):
    printed = dcgan(folder, "sample", "--rows", "2", "--columns", "3")
    assert printed.splitlines() == ["results/18x16/latent/samples.png"]
    with Image.open(folder / printed.strip()) as sheet:
        assert sheet.width >= 3 * 96


PICTURES = {
    "sample": (["samples.png"], []),
    "interpolate": (["interpolation.png"], [("interpolation.gif", 58)]),
    "circle": (["circle.png"], [("circle.gif", 14)]),
    "arithmetic": (["arithmetic.png"], []),
}
ARGUMENTS = {
    "interpolate": ["--pairs", "3:1,0:20", "--steps", "4"],
    "circle": ["--circles", "3", "--frames", "14"],
    "arithmetic": ["-a", "0,1,2", "-b", "3", "-c", "5,19"],
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_made_where_asked_and_the_same_each_time(name, folder, monkeypatch, capsys):
    pictures, films = PICTURES[name]
    words = [name, "results/18x16/best.safetensors", *ARGUMENTS.get(name, []), "--out"]
    for out in ("one", "two"):
        printed = in_process(folder, monkeypatch, capsys, *words, out)
        assert set(printed.split()) == {f"{out}/{file.name}" for file in (folder / out).iterdir()}
    for file in [*pictures, *(name for name, _ in films)]:
        assert (folder / "one" / file).read_bytes() == (folder / "two" / file).read_bytes()
    for file, frames in films:
        with Image.open(folder / "one" / file) as film:
            assert film.n_frames == frames
    in_process(folder, monkeypatch, capsys, *words, "three", "--seed", "2")
    assert (folder / "three" / pictures[0]).read_bytes() != (
        folder / "one" / pictures[0]
    ).read_bytes()


@pytest.fixture
def shown(monkeypatch):
    """The latents of every call of the real ``generate``, in order."""
    return kept_calls(monkeypatch, lambda latents, classes: latents.clone())


def on_the_sphere(a, b, share):
    angle = torch.arccos(a @ b / (a.norm() * b.norm()))
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)


def test_interpolate_shows_slerp_between_the_numbered_samples(folder, monkeypatch, capsys, shown):
    in_process(folder, monkeypatch, capsys, "interpolate", "--pairs", "3:1", "--steps", "3")
    samples = draw_latents(4, 5, 1)
    start, end = samples[3], samples[1]
    row, film = shown
    middle = on_the_sphere(start, end, 0.5)
    torch.testing.assert_close(row, torch.stack([start, middle, end]))
    torch.testing.assert_close(film[[0, 29]], torch.stack([start, end]))
    torch.testing.assert_close(film[14], on_the_sphere(start, end, 14 / 29))


def test_arithmetic_frames_a_minus_b_plus_c(folder, monkeypatch, capsys, shown):
    in_process(folder, monkeypatch, capsys, "arithmetic", *ARGUMENTS["arithmetic"])
    samples = draw_latents(20, 5, 1)
    expected = samples[:3].mean(0) - samples[3] + samples[[5, 19]].mean(0)
    torch.testing.assert_close(shown[-1][0], expected)


def test_neighbors_finds_the_planted_copy(folder, monkeypatch, capsys):
    words = ["neighbors", "--space", "pixels", "--nearest", "2", "--out", "out"]
    printed = in_process(folder, monkeypatch, capsys, *words)
    assert "pixels: median distance" in printed
    found = json.loads((folder / "out" / "neighbors.json").read_text())
    assert found["samples_compared"] == found["held_out_compared"] == 6
    copy = found["pixels"]["nearest_to_samples"][2]
    assert (copy["distances"][0], copy["rows"][0], copy["mirrored"][0]) == (0, 31, True)
    assert found["pixels"]["samples"]["least"] == 0
    assert found["pixels"]["nearer_than_all_held_out"] >= 1 / 6
    assert (folder / "out" / "neighbors-pixels.png").is_file()


FAULTS = {
    "missing snapshot": (["sample", "none.safetensors"], "none.safetensors: no such file"),
    "missing size": (["sample", "--size", "99"], "results/99/best.safetensors: no such file"),
    "a folder": (["sample", "data"], "data/best.safetensors: no such file"),
    "no generator": (["sample", "text.safetensors"], "text.safetensors: not a readable"),
    "both": (["sample", "x.safetensors", "--size", "64"], "give one of the two"),
    "out is a file": (["sample", "--out", "text.safetensors"], "name a folder"),
    "no such device": (["sample", "--device", "tpu"], "device 'tpu' is not known"),
    "no data": (["neighbors", "--data", "nowhere"], "nowhere/train.npy: not found"),
    "other shape": (["neighbors", "--data", "other"], "(20, 16, 3)"),
    "too many": (["neighbors", "--nearest", "41"], "40 images"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_users_error_is_one_line_and_exit_code_1(name, folder, monkeypatch, capsys):
    words, message = FAULTS[name]
    (folder / "text.safetensors").write_text("hello")
    if name == "other shape":
        (folder / "other").mkdir()
        for split in ("train", "validation"):
            with PackWriter(folder / "other" / f"{split}.npy", 20, 16, 3, np.uint8) as writer:
                writer.append(np.zeros((8, 20, 16, 3), np.uint8))
    printed = in_process(folder, monkeypatch, capsys, *words, code=1)
    assert message in printed
    assert printed.startswith("dcgan: ")
    assert len(printed.splitlines()) == 1


def test_which_of_several_sizes_must_be_said(folder, monkeypatch, capsys):
    save_tiny(folder / "results" / "16" / "best.safetensors", 16, 16)
    printed = in_process(folder, monkeypatch, capsys, "sample", code=1)
    assert "16, 18x16: choose one with --size" in printed
    printed = in_process(folder, monkeypatch, capsys, "sample", "--size", "16")
    assert printed.split() == ["results/16/latent/samples.png"]


def test_before_any_run_the_remedy_is_named(tmp_path, monkeypatch, capsys):
    assert "make run" in in_process(tmp_path, monkeypatch, capsys, "sample", code=1)


@pytest.mark.parametrize(
    "words",
    [
        ["interpolate", "--pairs", "3"],
        ["arithmetic", "-a", "x", "-b", "1", "-c", "2"],
        ["circle", "--frames", "2"],
        ["sample", "--seed", "-1"],
        ["nonsense"],
        [],
    ],
)
def test_what_cannot_be_parsed_exits_with_2(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(words)
    assert "usage: dcgan" in capsys.readouterr().err


def test_ctrl_c_ends_in_one_line(folder):
    command = [sys.executable, "-m", "dcgan_core", "circle", "--circles", "64", "--frames", "1000"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
        # Tests started in the background of a script inherit Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    picture = folder / "results/18x16/latent/circle.png"
    deadline = time.monotonic() + 60
    while not picture.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines() == ["dcgan: stopped; nothing half-written was left behind"]
    assert [file.name for file in picture.parent.iterdir()] == ["circle.png"]


def test_the_launcher_runs_its_own_projects_code_through_a_link(tmp_path):
    binaries = tmp_path / "a folder" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "dcgan").symlink_to(ROOT / "workflow" / "dcgan")
    (binaries / "python").symlink_to(sys.executable)
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        ["dcgan", "--help"],
        cwd=tmp_path,
        env={**plain, "PATH": f"{binaries}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "arithmetic" in result.stdout
