"""Every odd kind of image file becomes upright 8-bit RGB or grey, or says why not."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_core.data.decode import Unreadable, decode


def pixel(path: Path, place: tuple[int, int] = (0, 0), **options) -> object:
    return decode(path, **options).image.getpixel(place)


def test_plain_images_need_no_notes(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.bmp", "a.webp", "a.tif", "a.ppm"):
        Image.new("RGB", (9, 5), (200, 100, 50)).save(tmp_path / name)
        decoded = decode(tmp_path / name)
        assert (decoded.image.mode, decoded.image.size, decoded.notes) == ("RGB", (9, 5), [])


def test_colour_and_grey_on_request(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), (255, 0, 0)).save(tmp_path / "red.png")
    Image.new("L", (4, 4), 77).save(tmp_path / "grey.png")
    Image.new("1", (4, 4), 1).save(tmp_path / "bit.png")
    assert pixel(tmp_path / "red.png", channels=1) == 76
    assert pixel(tmp_path / "grey.png") == (77, 77, 77)
    assert pixel(tmp_path / "bit.png", channels=1) == 255


def test_cmyk(tmp_path: Path) -> None:
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(tmp_path / "red.tif")
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "red.jpg", quality=95)
    assert pixel(tmp_path / "red.tif") == (255, 0, 0)
    decoded = decode(tmp_path / "red.jpg")
    assert np.abs(np.asarray(decoded.image)[8, 8] - np.array([255, 0, 0])).max() <= 6
    assert decoded.notes == ["converted from CMYK"]


def test_palette(tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 8), (10, 200, 30))
    image.quantize(4).save(tmp_path / "p.png")
    decoded = decode(tmp_path / "p.png")
    assert decoded.image.getpixel((3, 3)) == (10, 200, 30)
    assert decoded.notes == ["converted from a palette"]
    assert pixel(tmp_path / "p.png", channels=1) == image.convert("L").getpixel((0, 0))


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    for name in ("deep.png", "deep.tif"):
        Image.fromarray(values).save(tmp_path / name)
        decoded = decode(tmp_path / name, channels=1)
        assert np.asarray(decoded.image).tolist() == [[0, 1, 128, 255]]
        assert "scaled to 8 bits" in decoded.notes[0]


def test_wide_and_float_values(tmp_path: Path) -> None:
    Image.fromarray(np.array([[-1000, 0, 200_000]], np.int32)).save(tmp_path / "int.tif")
    assert np.asarray(decode(tmp_path / "int.tif", 1).image).tolist() == [[0, 1, 255]]
    Image.fromarray(np.array([[0, 0.5, 1]], np.float32)).save(tmp_path / "unit.tif")
    assert np.asarray(decode(tmp_path / "unit.tif", 1).image).tolist() == [[0, 128, 255]]
    Image.fromarray(np.array([[0, 100.4, 255]], np.float32)).save(tmp_path / "byte.tif")
    assert np.asarray(decode(tmp_path / "byte.tif", 1).image).tolist() == [[0, 100, 255]]
    Image.fromarray(np.array([[0, np.nan]], np.float32)).save(tmp_path / "nan.tif")
    with pytest.raises(Unreadable, match="not finite"):
        decode(tmp_path / "nan.tif")


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    decoded = decode(tmp_path / "a.gif")
    assert decoded.image.getpixel((2, 2)) == (255, 0, 0)
    assert "several frames: first one taken" in decoded.notes


def test_transparency_is_put_on_the_background(tmp_path: Path) -> None:
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    image.putpixel((1, 0), (0, 0, 255, 255))
    image.save(tmp_path / "t.png")
    decoded = decode(tmp_path / "t.png", background="#00ff00")
    assert [decoded.image.getpixel((x, 0)) for x in (0, 1)] == [(0, 255, 0), (0, 0, 255)]
    assert decoded.notes == ["transparent parts put on #00ff00"]
    Image.new("RGBA", (2, 2), (1, 2, 3, 255)).save(tmp_path / "opaque.png")
    assert decode(tmp_path / "opaque.png").notes == []
    Image.new("LA", (2, 2), (0, 0)).save(tmp_path / "la.png")
    assert pixel(tmp_path / "la.png", background="#102030") == (16, 32, 48)
    Image.new("P", (2, 2), 0).save(tmp_path / "p.png", transparency=0)
    assert pixel(tmp_path / "p.png", background="#ffffff") == (255, 255, 255)
    Image.new("RGB", (2, 2), (9, 9, 9)).save(tmp_path / "trns.png", transparency=(9, 9, 9))
    assert pixel(tmp_path / "trns.png", background="#ffffff") == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((4, 6, 3), np.uint8)
    upright[0, 0], upright[0, -1], upright[-1, 0] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation](upright)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "o.png", exif=exif)
    decoded = decode(tmp_path / "o.png")
    assert np.array_equal(np.asarray(decoded.image), upright)
    assert bool(decoded.notes) == (orientation != 1)


def test_no_image_at_all(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("Dear diary,\n" * 100)
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "script.eps").write_text(
        "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
    )
    for name, reason in (
        ("text.jpg", "not an image"),
        ("empty.png", "empty file"),
        ("drawing.svg", "not an image"),
        ("script.eps", "not an image"),
    ):
        with pytest.raises(Unreadable) as caught:
            decode(tmp_path / name)
        assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.gif", "a.webp", "a.tif", "a.bmp"])
def test_truncated_files(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(Unreadable) as caught:
        decode(tmp_path / name)
    assert "\n" not in caught.value.reason
    assert len(caught.value.reason) < 150


def test_decompression_bomb(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(Unreadable, match="too large"):
        decode(tmp_path / "bomb.png")


def test_every_prefix_and_flipped_byte_is_either_read_or_refused(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    for name in ("a.png", "a.jpg", "a.gif", "a.webp", "a.tif"):
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(random.integers(0, 256, (12, 10, 3), np.uint8)).save(
            tmp_path / name, exif=exif
        )
        content = (tmp_path / name).read_bytes()
        for _ in range(150):
            broken = bytearray(content)
            broken[random.integers(len(broken))] ^= 1 << random.integers(8)
            (tmp_path / "b").write_bytes(broken[: random.integers(1, len(broken) + 1)])
            with suppress(Unreadable):
                assert decode(tmp_path / "b").image.mode == "RGB"
