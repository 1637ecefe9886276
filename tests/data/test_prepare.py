"""One file becomes pixels, notes and a verdict: the same in any process, near to Pillow's own."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from dcgan_core.data import prepare as prepare_module
from dcgan_core.data.clean.checks import Checks
from dcgan_core.data.prepare import Preparation, Prepared, RawImage, prepare
from dcgan_core.data.resample import FILTERS, crop_box
from dcgan_core.errors import UserError
from dcgan_core.files import sha256_file

PLAIN = Preparation(64, 64, 3, "bicubic", "#ffffff", Checks())


def raw(path: Path) -> RawImage:
    return RawImage(str(path), sha256_file(path))


def picture(height: int, width: int, seed: int) -> Image.Image:
    """Amplitudes fall with the frequency, as those of photographs do."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    frequency[0, 0] = 1
    noise = np.fft.rfft2(random.normal(size=(3, height, width))) / frequency**1.3
    planes = np.fft.irfft2(noise, s=(height, width))
    planes *= 50 / planes.std()
    return Image.fromarray((planes.transpose(1, 2, 0) + 128).clip(0, 255).astype(np.uint8))


def save_random(path: Path, seed: int) -> None:
    """A JPEG of any common kind."""
    random = np.random.default_rng(seed)
    height, width = random.integers(70, 700, 2)
    exif = Image.Exif()
    if random.random() < 0.5:
        exif[0x0112] = int(random.integers(1, 9))
    picture(int(height), int(width), seed).convert(random.choice(["RGB", "RGB", "L"])).save(
        path,
        quality=int(random.integers(40, 98)),
        subsampling=int(random.integers(3)),
        progressive=bool(random.random() < 0.3),
        exif=exif,
    )


def by_pillow(path: Path, size: tuple[int, int], filter: str) -> np.ndarray:
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    box = crop_box((image.height, image.width), size)
    return np.asarray(image.resize((size[1], size[0]), FILTERS[filter], box)).astype(int)


@pytest.mark.parametrize("filter", sorted(FILTERS))
def test_photographs_are_as_pillow_makes_them(tmp_path: Path, filter: str) -> None:
    for seed in range(24):
        save_random(tmp_path / "a.jpg", seed)
        size = ((64, 64), (60, 40))[seed % 2]
        done = prepare(Preparation(*size, 3, filter, "#ffffff", Checks()), raw(tmp_path / "a.jpg"))
        assert done.pixels is not None
        difference = np.abs(done.pixels - by_pillow(tmp_path / "a.jpg", size, filter))
        assert difference.mean() <= 0.01
        assert difference.max() <= 1


def test_checks_and_the_size_of_the_file_change_no_pixel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Preparation(64, 64, 3, "bicubic", "#ffffff", Checks(max_entropy=8, min_side=1))
    found: dict[str, list[Prepared]] = {}
    for held in (prepare_module.LARGEST_HELD, 0):
        monkeypatch.setattr(prepare_module, "LARGEST_HELD", held)
        for seed in range(12):
            path = tmp_path / f"{seed}.jpg"
            save_random(path, seed)
            found.setdefault(path.name, []).extend(
                [prepare(PLAIN, raw(path)), prepare(checked, raw(path))]
            )
    for first, *others in found.values():
        assert first.pixels is not None
        for other in others:
            assert np.array_equal(first.pixels, other.pixels)
            assert first.notes == other.notes


def test_another_process_makes_the_same(tmp_path: Path) -> None:
    for seed in range(8):
        save_random(tmp_path / f"{seed}.jpg", seed)
    picture(90, 80, 0).save(tmp_path / "8.png")
    (tmp_path / "9.jpg").write_text("no image")
    (tmp_path / "7.jpg").write_bytes((tmp_path / "6.jpg").read_bytes()[:900])
    images = [raw(path) for path in sorted(tmp_path.iterdir())]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        elsewhere = list(pool.map(partial(prepare, PLAIN), images))
    for one, other in zip(map(partial(prepare, PLAIN), images), elsewhere, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert (one.notes, one.drop) == (other.notes, other.drop)


@pytest.mark.parametrize("held", [prepare_module.LARGEST_HELD, 0])
def test_changed_bytes_are_told(tmp_path: Path, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare_module, "LARGEST_HELD", held)
    save_random(tmp_path / "a.jpg", 0)
    image = raw(tmp_path / "a.jpg")
    save_random(tmp_path / "a.jpg", 1)
    with pytest.raises(UserError, match=r"a\.jpg: was changed since it was downloaded"):
        prepare(PLAIN, image)


DRAFTED = Preparation(64, 64, 3, "bicubic", "#ffffff", Checks(), draft=True)


@pytest.mark.parametrize("filter", sorted(set(FILTERS) - {"box"}))
@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_a_draft_is_near_and_says_nothing(tmp_path: Path, orientation: int, filter: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image, path = picture(1022, 767, 0), tmp_path / "a.jpg"
    for width, mode in product((767, 766, 760), ("RGB", "L")):
        image.crop((0, 0, width, 1022)).convert(mode).save(path, exif=exif)
        draft = prepare(replace(DRAFTED, filter=filter), raw(path))
        assert draft.pixels is not None
        difference = np.abs(draft.pixels - by_pillow(path, (64, 64), filter))
        assert difference.mean() < 0.6
        # Nothing is shifted: the error is as large at one side as at the other.
        for axis in (0, 1):
            parts = [part.mean() for part in np.array_split(difference, 4, axis)]
            assert np.ptp(parts) < 0.15
        assert draft.notes == prepare(PLAIN, raw(path)).notes


def test_what_is_not_four_times_as_large_is_decoded_whole(tmp_path: Path) -> None:
    picture(300, 255, 1).save(tmp_path / "a.jpg")
    found = [prepare(one, raw(tmp_path / "a.jpg")).pixels for one in (PLAIN, DRAFTED)]
    assert np.array_equal(*found)


def test_a_draft_looks_at_all_pixels_where_checks_do(tmp_path: Path) -> None:
    picture(1024, 768, 0).save(tmp_path / "a.jpg")
    checks = Checks(min_side=700, exact_duplicates=True)
    found = [
        prepare(replace(one, checks=checks), raw(tmp_path / "a.jpg")) for one in (PLAIN, DRAFTED)
    ]
    assert np.array_equal(found[0].pixels, found[1].pixels)
    assert found[0].hashes == found[1].hashes


@pytest.mark.parametrize(("side", "reduced"), [(255, 1), (256, 2), (511, 2), (512, 4), (1024, 8)])
def test_how_far_a_draft_is_reduced(tmp_path: Path, side: int, reduced: int) -> None:
    picture(side, side + 9, 0).save(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    for given in (content, None):
        done = prepare_module.decode(tmp_path / "a.jpg", content=given, draft=(64, 64))
        assert done.size == (-(-side // reduced), -(-(side + 9) // reduced))
        with Image.open(tmp_path / "a.jpg") as opened:
            opened.draft(None, (opened.width // reduced, opened.height // reduced))
            assert done.image.tobytes() == opened.tobytes()
