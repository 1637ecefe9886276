"""Sheets, GIFs and walks, against geometry worked out by hand."""

import numpy as np
import pytest
import torch
from nets.models import model
from nets.snapshots import save_drawing_generator
from PIL import Image
from safetensors.torch import save_file

from dcgan_core.data.row_names import read_row_names
from dcgan_core.device import resolve
from dcgan_core.errors import UserError
from dcgan_core.nets import Generator
from dcgan_core.nets.snapshot import SnapshotInfo, save_generator
from dcgan_core.sample import show
from dcgan_core.sample.gif import write_gif
from dcgan_core.sample.grid import GAP, sheet
from dcgan_core.sample.interpolate import closed_walk, slerp
from dcgan_core.sample.latents import (
    FIXED_COUNT,
    FIXED_FILE,
    fixed_latents,
    load_fixed_latents,
    save_fixed_latents,
)
from dcgan_core.sample.sampler import generate, to_codes


def durations_of(path):
    """Milliseconds of each frame of a GIF."""
    with Image.open(path) as film:
        durations = []
        for index in range(film.n_frames):
            film.seek(index)
            durations.append(film.info["duration"])
    return durations


def test_a_sheet_has_each_image_whole_in_its_cell():
    images = np.stack([np.full((5, 3, 3), value, np.uint8) for value in (10, 20, 30)])
    picture = sheet(images, rows=2, columns=2)
    assert picture.shape == (2 * (5 + GAP) + GAP, 2 * (3 + GAP) + GAP, 3)
    assert (picture[GAP : GAP + 5, GAP : GAP + 3] == 10).all()
    assert (picture[GAP : GAP + 5, 2 * GAP + 3 : 2 * GAP + 6] == 20).all()
    assert (picture[2 * GAP + 5 : 2 * GAP + 10, GAP : GAP + 3] == 30).all()
    assert (picture == 255).sum() == picture.size - 3 * 45
    with pytest.raises(ValueError, match="do not fit"):
        sheet(images, 1, 2)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_gif_has_its_frames_size_and_durations(tmp_path, channels):
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (20, 12, channels), dtype=np.uint8) for _ in range(4)]
    path = tmp_path / "film.gif"
    write_gif(path, frames, 50, hold_last=3)
    with Image.open(path) as film:
        assert film.size == (12, 20)
        assert film.n_frames == 4
    assert durations_of(path) == [50, 50, 50, 150]


def test_a_gif_keeps_colours_near(tmp_path):
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    frame = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], 128), -1).astype(np.uint8)
    write_gif(tmp_path / "film.gif", [frame, frame[::-1]], 50)
    with Image.open(tmp_path / "film.gif") as film:
        shown = np.asarray(film.convert("RGB"), dtype=float)
    assert np.abs(shown - frame).mean() < 12


def test_a_gif_of_unlike_frames_is_refused(tmp_path):
    with pytest.raises(ValueError, match="one shape"):
        write_gif(
            tmp_path / "x.gif", [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8)], 50
        )


def test_slerp_between_unit_axes_is_the_circle():
    fractions = torch.tensor([0.0, 1 / 3, 0.5, 1.0])
    path = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), fractions)
    angles = fractions * torch.pi / 2
    torch.testing.assert_close(path, torch.stack([angles.cos(), angles.sin()], 1))


@pytest.mark.parametrize("factor", [1.0, 2.0, -1.0, 0.0, 1 + 1e-7])
def test_slerp_survives_parallel_latents(factor):
    start = torch.randn(64, generator=torch.Generator().manual_seed(0))
    path = slerp(start, start * factor, torch.linspace(0, 1, 5))
    assert path.isfinite().all()
    torch.testing.assert_close(path[0], start)
    torch.testing.assert_close(path[-1], start * factor)


def test_a_closed_walk_passes_every_stop_once():
    stops = torch.randn(3, 16)
    walk = closed_walk(stops, 4)
    assert walk.shape == (12, 16)
    torch.testing.assert_close(walk[::4], stops)


def test_fixed_latents_are_made_once_and_kept(tmp_path):
    first = fixed_latents(8, seed=5)
    torch.manual_seed(99)
    assert torch.equal(fixed_latents(8, seed=5), first)
    save_fixed_latents(tmp_path, first)
    assert torch.equal(load_fixed_latents(tmp_path), first)


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"latents": torch.zeros(FIXED_COUNT - 1, 6)}, "does not hold 256 latents"),
        ({"latents": torch.zeros(FIXED_COUNT * 6)}, "does not hold 256 latents"),
        ({"other": torch.zeros(FIXED_COUNT, 6)}, "does not hold 256 latents"),
        ({"latents": torch.zeros(FIXED_COUNT, 6, dtype=torch.int64)}, "latents is I64"),
        ({"latents": torch.full((FIXED_COUNT, 6), torch.nan)}, "not finite"),
    ],
)
def test_other_latents_are_refused_by_name(tmp_path, tensors, words):
    save_file(tensors, tmp_path / FIXED_FILE)
    with pytest.raises(UserError, match=rf"{FIXED_FILE}: .*{words}"):
        load_fixed_latents(tmp_path)


def test_latents_of_another_run_are_refused(tmp_path, tiny):
    save_drawing_generator(tmp_path / "images_000000001.safetensors", 1)
    save_fixed_latents(tmp_path, fixed_latents(99, seed=7))
    with pytest.raises(UserError, match=r"images_000000001\.safetensors: takes latents of length"):
        show.training_gif(tmp_path, tmp_path / "training.gif", tiny().gif, resolve("cpu"))
    assert not (tmp_path / "training.gif").exists()


def test_every_frame_of_the_training_gif_shows_the_saved_latents(tmp_path, tiny, monkeypatch):
    layers = model(6, 4)
    save_fixed_latents(tmp_path, fixed_latents(6, seed=7))
    for epoch in (1, 2, 10):
        info = SnapshotInfo("16", 16, 16, 3, layers.model_dump(), epoch, epoch, epoch, "raw")
        torch.manual_seed(epoch)
        generator = Generator(16, 16, 3, layers)
        save_generator(tmp_path / f"images_{epoch:09d}.safetensors", generator, info)
    shown = []

    def spy(generator, latents, **rest):
        shown.append(latents.clone())
        return generate(generator, latents, **rest)

    monkeypatch.setattr(show, "generate", spy)
    params = tiny().gif
    show.training_gif(tmp_path, tmp_path / "training.gif", params, resolve("cpu"))
    saved = load_fixed_latents(tmp_path)[: params.rows * params.columns]
    assert len(shown) == 3
    assert all(torch.equal(latents, saved) for latents in shown)


def test_the_interpolation_has_the_walks_legs_and_pace_of_its_settings(tmp_path, tiny):
    save_drawing_generator(tmp_path / "final.safetensors", 1)
    changes = {"walk_stops": 3, "walk_rows": 3, "walk_columns": 1, "walk_frame_ms": 50, "steps": 4}
    params = tiny({f"sample.{name}": value for name, value in changes.items()}).sample
    target = tmp_path / "interpolation.gif"
    show.interpolation_gif(tmp_path / "final.safetensors", target, params, resolve("cpu"))
    assert durations_of(target) == [50] * (3 * 4)
    with Image.open(target) as film:
        assert film.size == (16 + 2 * GAP, 3 * (16 + GAP) + GAP)


@pytest.mark.parametrize(("frame_ms", "hold_last"), [(40, 1), (40, 5), (10_000, 60)])
def test_the_training_gif_holds_its_last_frame_as_long_as_asked(
    tmp_path, tiny, frame_ms, hold_last
):
    save_fixed_latents(tmp_path, fixed_latents(6, seed=7))
    for epoch in (1, 2):
        save_drawing_generator(tmp_path / f"images_{epoch:09d}.safetensors", epoch)
    params = tiny({"gif.frame_ms": frame_ms, "gif.hold_last": hold_last}).gif
    show.training_gif(tmp_path, tmp_path / "training.gif", params, resolve("cpu"))
    assert durations_of(tmp_path / "training.gif") == [frame_ms, frame_ms * hold_last]


def test_codes_invert_the_normalisation_exactly():
    codes = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    images = codes.float() / 127.5 - 1
    assert np.array_equal(to_codes(images)[0, :, :, 0], codes[0, 0].numpy())


def test_a_sample_does_not_depend_on_its_batch_mates():
    generator = Generator(16, 16, 3, model(6, 4))
    for _ in range(3):
        generator(torch.randn(32, 6) * 3)
    latents = torch.randn(10, 6)
    with pytest.raises(ValueError, match="eval mode"):
        generate(generator, latents)
    generator.eval()
    together, apart = generate(generator, latents), generate(generator, latents, batch_size=1)
    assert np.abs(together.astype(int) - apart.astype(int)).max() <= 1
    assert together.shape == (10, 16, 16, 3)


@pytest.fixture
def classes_shown(monkeypatch):
    """The classes of every call of ``generate`` by the pictures, in order."""
    calls = []

    def spy(generator, latents, **rest):
        calls.append(None if rest["classes"] is None else rest["classes"].tolist())
        return generate(generator, latents, **rest)

    monkeypatch.setattr(show, "generate", spy)
    return calls


def test_pictures_of_a_conditional_run_go_by_class(tmp_path, tiny, classes_shown):
    classes = dict.fromkeys(("ant", "bee", "cat", "dog", "eel"), 5)
    final = tmp_path / "images_000000001.safetensors"
    save_drawing_generator(final, 1, classes=classes)
    save_fixed_latents(tmp_path, fixed_latents(6, seed=7))
    params, cpu = tiny({"sample.rows": 4, "sample.walk_rows": 1, "sample.walk_columns": 2}), "cpu"
    show.sample_sheet(final, tmp_path / "samples.png", params.sample, resolve(cpu))
    assert classes_shown == [[0] * 3 + [1] * 3 + [2] * 3 + [3] * 3]
    assert read_row_names(tmp_path / "samples.png") == ["ant", "bee", "cat", "dog"]
    classes_shown.clear()
    show.interpolation_gif(final, tmp_path / "i.gif", params.sample, resolve(cpu))
    length = params.sample.walk_stops * params.sample.steps
    assert classes_shown == [[0] * length, [2] * length]
    classes_shown.clear()
    show.training_gif(tmp_path, tmp_path / "t.gif", params.gif, resolve(cpu))
    assert classes_shown == [[0, 0, 2, 2]]


def test_a_sheet_without_classes_names_no_rows(tmp_path, tiny, classes_shown):
    save_drawing_generator(tmp_path / "final", 1)
    show.sample_sheet(tmp_path / "final", tmp_path / "s.png", tiny().sample, resolve("cpu"))
    assert classes_shown == [None]
    assert read_row_names(tmp_path / "s.png") == []
