"""Pictures with alpha, against Pillow and against what defines opacity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dcgan_core.data import alpha
from dcgan_core.data.clean.checks import Checks
from dcgan_core.data.codes import tensor_to_codes, tensor_to_unit
from dcgan_core.data.decode import decode
from dcgan_core.data.prepare import Preparation, Prepared, RawImage, prepare
from dcgan_core.data.resample import FILTERS, fit
from dcgan_core.files import sha256_file

SIZE = (16, 16)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (*shape, 4), np.uint8)


def tensor(codes: np.ndarray) -> torch.Tensor:
    """Codes N×H×W×C as values N×C×H×W."""
    return tensor_to_unit(torch.from_numpy(codes).permute(0, 3, 1, 2))


def array(values: torch.Tensor) -> np.ndarray:
    return tensor_to_codes(values).permute(0, 2, 3, 1).numpy()


def made(preparation: Preparation, path: Path) -> Prepared:
    return prepare(preparation, RawImage(str(path), sha256_file(path)))


def prepared(path: Path, channels: int = 4, **checks: float) -> np.ndarray:
    found = made(Preparation(*SIZE, channels, "bicubic", "#3060a0", Checks(**checks)), path)
    assert found.pixels is not None, found.drop
    return found.pixels


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#3060a0"])
def test_on_a_ground_is_what_pillow_makes(colour: str) -> None:
    codes = noise(40, 50)
    ground = Image.new("RGBA", (50, 40), colour)
    expected = np.asarray(Image.alpha_composite(ground, Image.fromarray(codes)))[..., :3]
    found = alpha.composited(codes, colour)
    assert np.abs(found.astype(int) - expected).max() <= 1
    shares = codes[..., 3:] / 255
    exact = shares * codes[..., :3] + (1 - shares) * alpha.rgb(colour)
    assert np.abs(found - exact).max() <= 0.5


@pytest.mark.parametrize("channels", [1, 3])
def test_without_alpha_nothing_happens(channels: int) -> None:
    codes = noise(5, 4, 3)[..., :channels]
    images = tensor(codes)
    assert alpha.composited(codes, None) is codes
    assert alpha.on_neutral(codes) is codes
    assert alpha.without_hidden(codes, "#ffffff") is codes
    assert alpha.premultiplied(images) is images
    assert alpha.straight(images) is images


def test_alpha_needs_a_ground() -> None:
    with pytest.raises(ValueError, match="colour"):
        alpha.composited(noise(2, 2), None)


def test_networks_see_nothing_of_hidden_colours_and_all_of_opaque_ones() -> None:
    codes = noise(2, 8, 8)
    codes[0, ..., 3], codes[1, ..., 3] = 0, 255
    seen = alpha.premultiplied(tensor(codes))
    assert (seen[0] == -1).all()
    torch.testing.assert_close(seen[1], tensor(codes)[1], rtol=0, atol=1e-6)


def test_what_networks_see_is_the_picture_on_black() -> None:
    codes = noise(3, 8, 8)
    on_black = alpha.composited(codes, "#000000")
    assert (
        np.abs(array(alpha.premultiplied(tensor(codes)))[..., :3] - on_black.astype(int)).max() <= 1
    )


def test_premultiplying_can_be_undone() -> None:
    codes = noise(3, 32, 32)
    codes[0, 0, :, 3] = 0
    again = array(alpha.straight(alpha.premultiplied(tensor(codes))))
    assert (again == alpha.without_hidden(codes, "#000000")).all()


def test_any_output_of_a_generator_is_a_picture() -> None:
    """Also where it makes more colour than its alpha leaves room for."""
    values = torch.tensor([-1, -0.9999, -0.996, -0.5, 0, 0.3, 0.9999, 1])
    made = torch.cartesian_prod(values, values).T.reshape(1, 2, 8, 8)[:, [0, 0, 0, 1]]
    found = alpha.straight(made)
    assert found.isfinite().all()
    assert (found.abs() <= 1).all()
    assert torch.equal(found[:, 3], made[:, 3])


@pytest.mark.parametrize("filter", sorted(FILTERS))
def test_hidden_colours_do_not_bleed(filter: str) -> None:
    """A red disc on transparent garbage stays purely red wherever it can be seen."""
    rows, columns = np.indices((96, 96)) - 48
    codes = noise(96, 96)
    inside = rows**2 + columns**2 < 30**2
    codes[inside], codes[~inside, 3] = (255, 0, 0, 255), 0
    found = fit(Image.fromarray(codes), SIZE, filter)
    seen = found[..., 3] > 0
    assert seen.any()
    assert not seen.all()
    assert (found[seen][:, 1:3] == 0).all()
    # Eight bits of a colour times its alpha leave that much of it.
    error = np.abs(255 - found[..., 0].astype(int)) * found[..., 3] / 255
    assert error[seen].max() <= 1


def test_resizing_is_a_mean_weighed_by_alpha() -> None:
    """Sixteenths of a box filter: the sum of colour times alpha over the sum of alpha."""
    codes = noise(64, 64)
    blocks = codes.reshape(16, 4, 16, 4, 4).swapaxes(1, 2).reshape(16, 16, 16, 4).astype(float)
    weights = blocks[..., 3]
    expected = (blocks[..., :3] * weights[..., None]).sum(2) / weights.sum(2)[..., None]
    found = fit(Image.fromarray(codes), SIZE, "box").astype(float)
    assert np.abs(found[..., 3] - weights.mean(2)).max() <= 1
    assert np.abs(found[..., :3] - expected).max() <= 5
    assert np.abs((found[..., :3] - expected) * found[..., 3:] / 255).max() <= 2


def test_a_pack_has_the_background_under_what_is_hidden(tmp_path: Path) -> None:
    # Of the pack's own size, where nothing is resampled.
    codes = noise(*SIZE)
    codes[:, :8, 3] = 0
    codes[:, 8:, 3] = 255
    Image.fromarray(codes).save(tmp_path / "a.png")
    found = prepared(tmp_path / "a.png")
    assert (found[:, :8] == (0x30, 0x60, 0xA0, 0)).all()
    assert (found[:, 8:] == codes[:, 8:]).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "I;16", "LA", "RGBA"])
def test_any_colour_model_becomes_rgba(tmp_path: Path, mode: str) -> None:
    codes = noise(20, 20)
    layered = Image.fromarray(codes)
    has_alpha = mode in ("LA", "RGBA")
    image = (
        layered if has_alpha else layered.convert("RGB").convert("L" if mode == "I;16" else "RGB")
    )
    image.convert(mode).save(tmp_path / "a.tif")
    decoded = decode(tmp_path / "a.tif", channels=4)
    assert decoded.image.mode == "RGBA"
    opacity = np.asarray(decoded.image)[..., 3]
    assert (opacity == (codes[..., 3] if has_alpha else 255)).all()


def test_transparent_palettes_and_keyed_colours_are_kept(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2), (9, 9, 9)).save(tmp_path / "a.png", transparency=(9, 9, 9))
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 200, 100, 50])
    palette.save(tmp_path / "b.png", transparency=b"\xff\x40")
    assert decode(tmp_path / "a.png", channels=4).image.getpixel((0, 0)) == (9, 9, 9, 0)
    assert decode(tmp_path / "b.png", channels=4).image.getpixel((0, 0)) == (200, 100, 50, 64)


def test_cleaning_sees_pictures_on_the_background(tmp_path: Path) -> None:
    codes = noise(40, 40)
    codes[..., 3] = 0
    Image.fromarray(codes).save(tmp_path / "a.png")
    checks = Checks(min_contrast=1)
    found = made(Preparation(*SIZE, 4, "bicubic", "#3060a0", checks), tmp_path / "a.png")
    assert found.drop is not None
    assert found.drop.kind == "too flat"


def test_exact_duplicates_look_at_alpha_and_not_under_it(tmp_path: Path) -> None:
    codes = noise(40, 40)
    codes[:20, :, 3], codes[20:, :, 3] = 0, 200
    other = codes.copy()
    other[:20, :, :3] = 77
    clearer = codes.copy()
    clearer[20:, :, 3] = 100
    hashes = []
    for name, picture in (("a", codes), ("b", other), ("c", clearer)):
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
        preparation = Preparation(*SIZE, 4, "box", "#ffffff", Checks(exact_duplicates=True))
        hashes.append(made(preparation, tmp_path / f"{name}.png").hashes.pixels)
    assert hashes[0] == hashes[1] != hashes[2]
