"""Which files pass for images, by the first bytes that real writers give them."""

from __future__ import annotations

import io

import pytest
from PIL import Image, features

from dcgan_core.data.sources.collect import HEAD_BYTES, looks_like_image

FILM = {"save_all": True, "append_images": [Image.new("RGB", (8, 8), "blue")]}
KINDS = {
    "JPEG": ("RGB", {}, b"\xff\xd8\xff"),
    "PNG": ("RGB", {}, b"\x89PNG"),
    "GIF": ("RGB", {}, b"GIF87a"),
    "looping GIF": ("RGB", {**FILM, "loop": 0}, b"GIF89a"),
    "little-endian TIFF": ("RGB", {}, b"II*\0"),
    "big-endian TIFF": ("I;16B", {}, b"MM\0*"),
    "64-bit TIFF": ("RGB", {"big_tiff": True}, b"II+\0"),
    "big-endian 64-bit TIFF": ("I;16B", {"big_tiff": True}, b"MM\0+"),
    "WEBP": ("RGB", {}, b"RIFF"),
    "AVIF": ("RGB", {}, b""),
    "animated AVIF": ("RGB", FILM, b""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_without_a_telling_name_is_known_by_its_head(kind: str) -> None:
    mode, options, start = KINDS[kind]
    format = kind.split()[-1]
    if format in ("AVIF", "WEBP") and not features.check(format.lower()):
        pytest.skip(f"this Pillow writes no {format}")
    stream = io.BytesIO()
    Image.new(mode, (8, 8)).save(stream, format, **options)
    head = stream.getvalue()[:HEAD_BYTES]
    assert head.startswith(start)
    assert looks_like_image("picture", head)


@pytest.mark.parametrize(
    "head",
    [
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypmp42\0\0\0\0",
        b"\0\0\0\x14ftypqt  \0\0\0\0",
        b"",
        b"not a picture at",
    ],
)
def test_sound_film_and_text_are_no_images(head: bytes) -> None:
    assert not looks_like_image("recording", head)
