"""``dcgan sample --images``: what was written is read again and held against single samples."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
from nets.snapshots import save_drawing_generator
from PIL import Image
from settings import ROOT

from dcgan_core import cli
from dcgan_core.sample import load_generator
from dcgan_core.sample.image_array import write_array
from dcgan_core.sample.latents import draw_latents
from dcgan_core.sample.sampler import generate
from dcgan_core.sample.series import BLOCK, Series

CLASSES = {"cat": 2, "dog": 1}


@pytest.fixture
def best(tmp_path, monkeypatch):
    """The best snapshot of a run whose folder is the present one."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "results/16/best.safetensors"
    save_drawing_generator(path, 1, upsampling="bilinear", noise_inputs=True)
    return path


def single(path, numbers, truncation=1.0, classes=None, seed=1):
    """Each sample made by itself."""
    generator = load_generator(path)
    latents = draw_latents(max(numbers) + 1, generator.latent_length, seed)
    picked = truncation * latents[list(numbers)]
    return generate(generator, picked, batch_size=1, classes=classes)


def read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def difference(a, b):
    return int(np.abs(a.astype(int) - b).max())


def test_files_are_the_samples_of_their_numbers(best, capsys):
    words = ["sample", "--images", "70", "--truncation", "0.5", "--seed", "9", "--out"]
    assert cli.main([*words, "png"]) == 0
    assert capsys.readouterr().out == "png/sample-000000.png to sample-000069.png\n"
    assert cli.main([*words, "webp", "--format", "webp"]) == 0
    assert len(os.listdir("png")) == len(os.listdir("webp")) == 71
    numbers = (0, 5, 63, 64, 69)
    for number, expected in zip(numbers, single(best, numbers, 0.5, seed=9), strict=True):
        image = read(f"png/sample-{number:06d}.png")
        assert difference(image, expected) <= 1
        assert np.array_equal(image, read(f"webp/sample-{number:06d}.webp"))
    assert difference(single(best, [0], 0.5, seed=9), single(best, [0], 1.0, seed=9)) > 20


@pytest.mark.parametrize("channels", [1, 4])
def test_grey_and_transparent_samples_keep_their_codes(tmp_path, monkeypatch, channels):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "one.safetensors"
    save_drawing_generator(path, 1, channels=channels)
    for form in ("png", "webp", "npz"):
        words = ["--images", "3", "--format", form, "--out", form]
        assert cli.main(["sample", str(path), *words]) == 0
    array = np.load("npz/samples.npz")["arr_0"]
    assert array.shape == (3, 16, 16, channels)
    assert difference(array, single(path, range(3))) <= 1
    for number, image in enumerate(array):
        grey = channels == 1
        assert np.array_equal(
            read(f"png/sample-{number:06d}.png"), image[:, :, 0] if grey else image
        )
        webp = read(f"webp/sample-{number:06d}.webp")
        assert np.array_equal(webp, np.repeat(image, 3, 2) if grey else image)


def test_a_sample_is_the_same_bits_whatever_is_made_beside_it(best):
    """Of one array, of a longer one, of files that were added later."""
    for count in (1, 64, 200):
        words = ["--images", str(count), "--format", "npz", "--out", f"{count}.npz"]
        assert cli.main(["sample", *words]) == 0
    for count in (30, 150):
        assert cli.main(["sample", "--images", str(count), "--out", "files"]) == 0
    whole = np.load("200.npz")["arr_0"]
    assert np.array_equal(np.load("1.npz")["arr_0"], whole[:1])
    assert np.array_equal(np.load("64.npz")["arr_0"], whole[:64])
    for number in range(150):
        assert np.array_equal(read(f"files/sample-{number:06d}.png"), whole[number])


def test_latents_of_blocks_are_those_of_one_draw(best):
    seen = []

    class Recorder:
        """Stands in front of the generator and notes what it is asked for."""

        def __init__(self, generator):
            self.generator = generator

        def __getattr__(self, name):
            return getattr(self.generator, name)

        def __call__(self, latents):
            seen.append(latents.clone())
            return self.generator(latents)

    series = Series(Recorder(load_generator(best)), 3, 1.0, lambda numbers: None)
    numbers = [(first, len(images)) for first, images in series.blocks(70, 200)]
    assert numbers == [(70, 58), (128, 64), (192, 8)]
    expected = draw_latents(4 * BLOCK, 6, 3)[BLOCK:]
    assert np.array_equal(np.concatenate([latents.numpy() for latents in seen]), expected)


def test_classes_are_a_samples_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "results/16/best.safetensors"
    save_drawing_generator(path, 1, classes=CLASSES)
    known = load_generator(path).classes
    assert cli.main(["sample", "--images", "70", "--format", "npz", "--out", "all.npz"]) == 0
    with np.load("all.npz") as file:
        images, labels, names = (file[name] for name in ("arr_0", "arr_1", "classes"))
    assert names.tolist() == ["cat", "dog"]
    assert labels.dtype == np.int64
    assert labels.tolist() == known.first(70).tolist()
    expected = single(path, [69], classes=known.numbered([69]))
    assert difference(images[69:], expected) <= 1
    words = ["sample", "--images", "5", "--class", "dog", "--class", "cat", "--format", "npz"]
    assert cli.main(words) == 0
    with np.load("results/16/latent/samples.npz") as file:
        assert file["arr_1"].tolist() == [1, 0, 1, 0, 1]


def test_the_array_is_plain_and_the_same_bytes_each_time(best):
    for name in ("a.npz", "b.npz"):
        assert cli.main(["sample", "--images", "9", "--format", "npz", "--out", name]) == 0
    assert (best.parents[2] / "a.npz").read_bytes() == (best.parents[2] / "b.npz").read_bytes()
    with zipfile.ZipFile("a.npz") as archive:
        assert archive.testzip() is None
        assert [entry.compress_type for entry in archive.infolist()] == [zipfile.ZIP_STORED]


def test_memory_does_not_grow_with_the_number(best, tmp_path):
    series = Series(load_generator(best), 1, 1.0, lambda numbers: None)
    most = []
    for count in (256, 8192):
        tracemalloc.start()
        write_array(tmp_path / "many.npz", series, count)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 8192 images of 16×16×3 codes are 6.3 MB.
    assert most[1] - most[0] < 500_000


def test_a_folder_is_continued_only_with_the_same_samples(best, capsys):
    words = ["sample", "--images", "3", "--out", "made"]
    assert cli.main(words) == 0
    before = {file.name: file.stat().st_mtime_ns for file in os.scandir("made")}
    assert cli.main(words) == 0
    assert "3 of them were there already" in capsys.readouterr().out
    assert before == {file.name: file.stat().st_mtime_ns for file in os.scandir("made")}
    for more, name in (
        (["--seed", "2"], "seed 1"),
        (["--truncation", "0.9"], "truncation 1.0"),
        (["--format", "webp"], "format png"),
    ):
        assert cli.main([*words, *more]) == 1
        assert f"made/samples.json: has samples with {name}" in capsys.readouterr().err
    save_drawing_generator(best, 2)
    assert cli.main(words) == 1
    assert "has samples with snapshot_sha256" in capsys.readouterr().err
    os.remove("made/samples.json")
    assert cli.main(words) == 1
    assert "and no samples.json says of what" in capsys.readouterr().err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_and_started_again_the_folder_is_whole(best, how):
    """What has a sample's name is whole at every moment, and the same command ends the work."""
    words = ["sample", "--images", "100000", "--out", "made"]
    process = subprocess.Popen(
        [sys.executable, "-m", "dcgan_core", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 300
    while not os.path.exists("made/sample-000200.png") and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(how)
    process.communicate(timeout=300)
    files = [name for name in os.listdir("made") if re.fullmatch(r"sample-\d{6}\.png", name)]
    assert 200 < len(files) < 100_000
    images = {name: read(f"made/{name}") for name in files[:500]}
    with open("made/samples.json") as stream:
        recorded = json.load(stream)["images"]
    # Ctrl-C may come between a file's renaming and its counting; a kill between two records.
    uncounted = len(files) - recorded
    assert uncounted in (0, 1) if how == signal.SIGINT else uncounted >= 0
    count = max(300, recorded + 10)
    assert cli.main(["sample", "--images", str(count), "--out", "made"]) == 0
    words = ["--images", str(count), "--format", "npz", "--out", "a.npz"]
    assert cli.main(["sample", *words]) == 0
    expected = np.load("a.npz")["arr_0"]
    for number in range(count):
        name = f"sample-{number:06d}.png"
        assert np.array_equal(read(f"made/{name}"), expected[number])
        assert name not in images or np.array_equal(images[name], expected[number])
    assert [name for name in os.listdir("made") if name.startswith(".")] == []


FAULTS = {
    "a sheet's rows": (["--images", "3", "--rows", "2"], "--rows and --images 3: one makes"),
    "each": (["--images", "3", "--each"], "--each and --images 3: one makes a sheet"),
    "a format alone": (["--format", "npz"], "--format npz: say how many, with --images N"),
    "a class": (["--images", "3", "--class", "cat"], "knows no classes"),
    "a file": (["--images", "3", "--out", "text"], "--out text: is a file; name a folder"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_users_error_is_one_line(best, capsys, name):
    words, message = FAULTS[name]
    (best.parents[2] / "text").write_text("mine")
    assert cli.main(["sample", *words]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert len(printed.splitlines()) == 1
    assert sorted(os.listdir()) == ["results", "text"]


@pytest.mark.parametrize("words", [["--images", "0"], ["--images", "1000001"], ["--truncation=-1"]])
def test_numbers_out_of_range_exit_with_2(words):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["sample", *words])


def test_truncation_is_of_the_sheet_too(best):
    for psi in ("0", "1"):
        words = ["--rows", "1", "--columns", "3", "--each", "--truncation", psi, "--out", psi]
        assert cli.main(["sample", *words]) == 0
    at_zero = [read(f"0/sample-{number:04d}.png") for number in range(3)]
    assert np.array_equal(at_zero[0], at_zero[1])
    assert difference(read("1/sample-0000.png"), read("1/sample-0001.png")) > 20
