"""``dcgan film``: what was written is decoded again and held against the snapshots' sheets."""

import importlib.util
import resource
import shutil
import signal
import sys

import numpy as np
import pytest
from nets.snapshots import save_drawing_generator
from PIL import Image
from settings import ROOT

from dcgan_core import cli
from dcgan_core.cli import film
from dcgan_core.errors import UserError
from dcgan_core.params import load_params
from dcgan_core.sample import load_generator
from dcgan_core.sample.captions import enlarge
from dcgan_core.sample.film_files import LARGEST, WRITERS, write_film
from dcgan_core.sample.grid import sheet
from dcgan_core.sample.latents import (
    FIXED_COUNT,
    FIXED_FILE,
    fixed_latents,
    load_fixed_latents,
    save_fixed_latents,
)
from dcgan_core.sample.sampler import generate

IMAGES = (8, 300, 1000, 20_000)
ONE_CELL = ["--rows", "1", "--columns", "1"]
needs_av = pytest.mark.skipif(
    importlib.util.find_spec("av") is None, reason="MP4 needs the package av"
)
ALL = [pytest.param(form, marks=needs_av) if form == "mp4" else form for form in film.FORMATS]
TOLERANCE = {"webp": 4, "mp4": 4, "gif": 8}
"""Codes: mean absolute difference. A GIF has one palette for all frames."""


def save_run(folder, **shape):
    """The results of one size, as far as the film reads them."""
    snapshots = folder / "snapshots"
    snapshots.mkdir(parents=True)
    save_fixed_latents(snapshots, fixed_latents(6, seed=7))
    for images in IMAGES:
        path = snapshots / f"images_{images:09d}.safetensors"
        save_drawing_generator(path, images, spread=0.4, upsampling="bilinear", **shape)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The results of a run in a project of its own."""
    root = tmp_path_factory.mktemp("made")
    save_run(root / "results/16")
    return root


@pytest.fixture
def run(made, tmp_path, monkeypatch):
    """A copy of them, whose project is the present folder."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results/16"


def sheets(results, rows, columns):
    """What each frame should show, as RGB."""
    latents = load_fixed_latents(results / "snapshots")[: rows * columns]
    frames = []
    for path in sorted((results / "snapshots").glob("images_*")):
        frame = sheet(enlarge(generate(load_generator(path), latents)), rows, columns)
        frames.append(np.broadcast_to(frame, (*frame.shape[:2], 3)).astype(float))
    return frames


def decoded(path):
    """(frames, milliseconds that each is shown) of a film."""
    if path.suffix == ".mp4":
        import av

        with av.open(str(path)) as file:
            (stream,) = file.streams
            frames = list(file.decode(stream))
            ends = [float(frame.time) for frame in frames][1:]
            ends.append(float(stream.duration * stream.time_base))
        shown = [frame.to_ndarray(format="rgb24") for frame in frames]
        return shown, list(1000 * np.diff([0, *ends]))
    frames, durations = [], []
    with Image.open(path) as picture:
        for index in range(picture.n_frames):
            picture.seek(index)
            frames.append(np.asarray(picture.convert("RGB")))
            durations.append(picture.info["duration"])
    return frames, durations


def check_frames(shown, expected, tolerance):
    """Each is nearly its own sheet and farther from every other; no colour is off on the whole."""
    assert len(shown) == len(expected)
    for place, frame in enumerate(shown):
        assert frame.shape == expected[place].shape
        distances = [np.abs(frame - one).mean() for one in expected]
        assert int(np.argmin(distances)) == place
        assert distances[place] < tolerance
        assert np.abs((frame - expected[place]).mean((0, 1))).max() < 3


@pytest.mark.parametrize("form", ALL)
def test_a_film_shows_each_snapshot_and_holds_the_last(run, capsys, form):
    words = ["film", "--format", form, "--rows", "2", "--columns", "3", "--frame-ms", "60"]
    assert cli.main([*words, "--hold-last", "5"]) == 0
    folder = "latent/" if form == "gif" else ""
    assert capsys.readouterr().out == f"results/16/{folder}training.{form}\n"
    shown, durations = decoded(run / f"{folder}training.{form}")
    if form == "mp4":
        assert durations == pytest.approx([60] * (len(IMAGES) - 1 + 5))
        check_frames(shown[-1:], sheets(run, 2, 3)[-1:], TOLERANCE[form])
        shown = shown[: len(IMAGES)]
    else:
        assert durations == [60] * (len(IMAGES) - 1) + [60 * 5]
        with Image.open(run / f"{folder}training.{form}") as picture:
            assert picture.info["loop"] == 0
    check_frames(shown, sheets(run, 2, 3), TOLERANCE[form])


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("shape", [{"channels": 1, "size": (33, 21)}, {"channels": 4}])
def test_grey_images_odd_sides_and_alpha(tmp_path, form, shape):
    save_run(tmp_path / "run", **shape)
    out = tmp_path / f"film.{form}"
    assert cli.main(["film", str(tmp_path / "run"), *ONE_CELL, "--out", str(out)]) == 0
    expected = sheets(tmp_path / "run", 1, 1)
    height, width = expected[0].shape[:2]
    shown = decoded(out)[0][: len(IMAGES)]
    if form == "mp4":
        assert shown[0].shape == (height + height % 2, width + width % 2, 3)
        assert min(frame[height:].min(initial=255) for frame in shown) > 240
        assert min(frame[:, width:].min(initial=255) for frame in shown) > 240
    if "size" in shape:
        assert height % 2 == width % 2 == 1
    check_frames([frame[:height, :width] for frame in shown], expected, TOLERANCE[form])


@needs_av
def test_an_mp4_is_what_players_and_pages_take(run):
    import av

    assert cli.main(["film", "--out", "a:b/film.MP4", *ONE_CELL]) == 0
    content = (run.parents[1] / "a:b/film.MP4").read_bytes()
    assert 0 < content.find(b"moov") < content.find(b"mdat")
    with av.open(str(run.parents[1] / "a:b/film.MP4")) as file:
        codec = file.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
        assert (codec.colorspace, codec.color_primaries, codec.color_trc) == (1, 1, 1)


def test_webp_without_options_and_defaults_of_the_settings(run, capsys):
    shipped = load_params(ROOT / "params.yaml").gif
    defaults = vars(cli.build_parser().parse_args(["film"]))
    for name, value in shipped.model_dump().items():
        assert defaults[name] == value
    assert cli.main(["film", str(run)]) == 0
    assert capsys.readouterr().out == f"{run}/training.webp\n"
    with Image.open(run / "training.webp") as picture:
        assert picture.format == "WEBP"
        assert picture.size == (6 * 98 + 2, 6 * 98 + 2)


def test_the_lists_of_the_command_are_those_of_the_writers():
    assert set(film.FORMATS) == set(WRITERS) == set(LARGEST)
    assert film.MOST_CELLS == FIXED_COUNT


def test_a_file_without_ending_has_the_format_asked_for(run):
    assert cli.main(["film", "--format", "gif", "--out", "film", *ONE_CELL]) == 0
    with Image.open(run.parents[1] / "film") as picture:
        assert picture.format == "GIF"


FAULTS = {
    "too many cells": (["--rows", "20", "--columns", "13"], "20 rows of 13 are 260 images, but "),
    "another ending": (["--format", "gif", "--out", "a.webp"], "--format gif and --out a.webp"),
    "no film": (["--out", "film.png"], "ends in none of .webp, .mp4, .gif"),
    "both": (["results/16", "--size", "16"], "both results/16 and --size 16: give one of the two"),
    "no results": (["results/16/snapshots"], "results/16/snapshots: holds no snapshots"),
    "no such size": (["--size", "99"], "results/99: holds no snapshots"),
    "a folder": (["--out", "folder.webp"], "folder.webp: is a folder"),
    "the gif stage's": (["--out", "results/16/training.gif"], "is written by the pipeline"),
    "the sample stage's": (["--out", "results/16/interpolation.gif"], "is written by the pipeline"),
    "a way round": (["--out", "folder.webp/../results/16/training.gif"], "by the pipeline"),
    "a link to it": (["--out", "link.gif"], "link.gif: is written by the pipeline"),
    "no such device": (["--device", "tpu"], "device 'tpu' is not known"),
    "other latents": (["other"], "takes latents of length 6, but"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_users_error_is_one_line_and_leaves_all_as_it_was(run, capsys, name):
    words, message = FAULTS[name]
    root = run.parents[1]
    (root / "folder.webp").mkdir()
    for kept in ("training.gif", "interpolation.gif"):
        (run / kept).write_text("the stage's")
    (root / "link.gif").symlink_to(run / "training.gif")
    shutil.copytree(run, root / "other")
    save_fixed_latents(root / "other/snapshots", fixed_latents(7, seed=7))
    before = {path: path.is_file() and path.read_bytes() for path in root.rglob("*")}
    assert cli.main(["film", *words]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert len(printed.splitlines()) == 1
    assert before == {path: path.is_file() and path.read_bytes() for path in root.rglob("*")}


def test_which_of_several_sizes_must_be_said(run, capsys):
    shutil.copytree(run, run.with_name("18x16"))
    assert cli.main(["film", *ONE_CELL]) == 1
    assert "16, 18x16: choose one with --size" in capsys.readouterr().err
    assert cli.main(["film", "--size", "18x16", *ONE_CELL]) == 0
    assert capsys.readouterr().out == "results/18x16/training.webp\n"


def test_before_any_run_the_remedy_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["film"]) == 1
    assert 'after "make run", or name the results of one size' in capsys.readouterr().err


def test_without_av_the_remedy_is_told_before_any_work(run, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "av", None)
    (run / "snapshots" / FIXED_FILE).unlink()
    assert cli.main(["film", "--format", "mp4"]) == 1
    assert "--format mp4 needs the package av" in (told := capsys.readouterr().err)
    assert "pip install av, or take --format webp" in told


@pytest.mark.parametrize("form", ALL)
@pytest.mark.parametrize("part", [0.5, 1])
def test_a_full_disk_leaves_the_film_of_before(run, capsys, form, part):
    words = ["film", "--out", f"film.{form}", "--rows", "2"]
    root = run.parents[1]
    assert cli.main(words) == 0
    size = (root / f"film.{form}").stat().st_size
    (root / f"film.{form}").write_text("before")
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(part * size) - 1, limits[1]))
    try:
        assert cli.main(words) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert "no space left to write it" in capsys.readouterr().err
    assert (root / f"film.{form}").read_text() == "before"
    assert {path.name for path in root.iterdir()} == {"results", f"film.{form}"}


@pytest.mark.parametrize("form", [form for form in ALL if form != "gif"])
def test_the_largest_side_is_the_formats_own(tmp_path, form):
    target = tmp_path / f"film.{form}"
    frames = [np.full((16, LARGEST[form], 3), code, np.uint8) for code in (0, 200)]
    write_film(target, frames, form, 100)
    assert [frame.shape for frame in decoded(target)[0]] == [frames[0].shape] * 2
    target.unlink()
    with pytest.raises(UserError, match=rf"would be {LARGEST[form] + 1} pixels wide and 16 high"):
        write_film(target, [np.zeros((16, LARGEST[form] + 1, 3), np.uint8)], form, 100)
    with pytest.raises(ValueError, match="one shape"):
        write_film(target, [frames[0], frames[1][:, :8]], form, 100)
    assert not target.exists()


@pytest.mark.parametrize("form", ALL)
def test_one_snapshot_is_a_film_too(run, form):
    for path in sorted((run / "snapshots").glob("images_*"))[1:]:
        path.unlink()
    assert cli.main(["film", "--out", f"film.{form}", *ONE_CELL, "--hold-last", "3"]) == 0
    shown, _ = decoded(run.parents[1] / f"film.{form}")
    assert len(shown) == (3 if form == "mp4" else 1)
    check_frames(shown[:1], sheets(run, 1, 1), TOLERANCE[form])
