"""Sprites with alpha through all stages: their transparency is kept, shown and scored."""

import json
import logging

import numpy as np
import pytest
import torch
from nets.models import model
from PIL import Image, ImageDraw
from settings import KEEP_ALL

from dcgan_core import cli
from dcgan_core.data import alpha, manifest
from dcgan_core.data.batches import RealBatches
from dcgan_core.data.clean.checks import Drop
from dcgan_core.data.clean.dropped_sheet import Dropped, draw_sheet
from dcgan_core.data.normalize import normalize
from dcgan_core.data.pack import Pack
from dcgan_core.data.resize import resize
from dcgan_core.device import resolve
from dcgan_core.errors import UserError
from dcgan_core.evaluate import fidelity_curve as curves
from dcgan_core.evaluate.discriminator_features import features
from dcgan_core.evaluate.extractors import EXTRACTORS, Extractor
from dcgan_core.evaluate.fakes import generate_seen
from dcgan_core.evaluate.parzen_curve import parzen_curve
from dcgan_core.evaluate.reals import Reals
from dcgan_core.files import sha256_file
from dcgan_core.nets import build_discriminator, build_generator
from dcgan_core.nets.snapshot import SnapshotInfo, load_generator, save_generator
from dcgan_core.params import Clean
from dcgan_core.report.pictures import real_sheet
from dcgan_core.sample.captions import Cell, captioned_sheet
from dcgan_core.sample.gif import write_gif
from dcgan_core.sample.grid import GAP, sheet, to_picture
from dcgan_core.sample.latents import draw_latents
from dcgan_core.sample.sampler import generate, to_codes
from dcgan_core.sample.show import interpolation_gif, sample_sheet, training_gif
from dcgan_core.tables import read_table
from dcgan_core.train.loop import train
from dcgan_core.train.stabilise.augment import _cut, _recolour, _translate

BACKGROUND = "#204060"
GREY = int(alpha.NEUTRAL[1:3], 16)


def sprite(index: int, opaque: bool = False) -> Image.Image:
    """A disc of some colour, half of it half transparent, on garbage that nobody sees."""
    rng = np.random.default_rng(index)
    codes = rng.integers(0, 256, (40, 40, 4), np.uint8)
    codes[..., 3] = 255 if opaque else 0
    picture = Image.fromarray(codes)
    colour, corner = rng.integers(0, 256, 3).tolist(), rng.integers(2, 10)
    pen = ImageDraw.Draw(picture)
    box = (corner, corner, corner + 24, corner + 24)
    pen.pieslice(box, 0, 180, (*colour, 255))
    pen.pieslice(box, 180, 360, (*colour, 255 if opaque else 128))
    return picture


def prepare(tmp_path, params, opaque=False):
    """The stages that make the data, on 60 sprites."""
    raw = tmp_path / "raw"
    raw.mkdir()
    entries = []
    for index in range(60):
        sprite(index, opaque).save(raw / f"{index:02d}.png")
        digest = sha256_file(raw / f"{index:02d}.png")
        entries.append(manifest.Entry(f"{index:02d}.png", digest, "here"))
    manifest.write(raw, manifest.Manifest("folder", "mine", "made here", entries))
    packed = [tmp_path / name for name in ("16.npy", "16.json", "dropped.png")]
    resize(raw, *packed, (16, 16), params.resize, Clean(**KEEP_ALL))
    normalize(*packed[:2], tmp_path / "normalized", params.normalize)
    return tmp_path / "normalized"


@pytest.fixture
def settings(tiny):
    return tiny({"resize.channels": 4, "resize.background": BACKGROUND})


@pytest.fixture
def splits(tmp_path, settings):
    return prepare(tmp_path, settings)


def show_means(batches, device):
    """Features that take no time, of pictures of three channels."""
    found = [batch for batch in batches if batch.shape[3] == 3]
    return np.concatenate([batch.mean(axis=(1, 3), dtype=np.float32) for batch in found])


def test_sprites_pass_all_stages(tmp_path, splits, settings, monkeypatch):
    device = resolve("cpu", threads=1)
    results = tmp_path / "results"
    train(settings, "16", device, splits / "train.npy", results)
    final, snapshots = results / "final.safetensors", results / "snapshots"
    sample_sheet(final, tmp_path / "samples.png", settings.sample, device)
    interpolation_gif(final, tmp_path / "walk.gif", settings.sample, device)
    training_gif(snapshots, tmp_path / "film.gif", settings.gif, device)
    facts = {"extractor": "show-means", "resolution": 16}
    extractor = Extractor("means", facts, show_means)
    monkeypatch.setitem(EXTRACTORS, "show-means", lambda given: extractor)
    inputs = {
        "snapshots": snapshots,
        "discriminator": results / "discriminator.safetensors",
        "splits": splits,
    }
    targets = {name: tmp_path / name for name in ("table", "record", "best", "copies")}
    fidelity = settings.fidelity.model_copy(update={"extractor": "show-means"})
    curves.fidelity_curve(inputs, targets, fidelity, device, None)
    record = json.loads(targets["record"].read_text())
    assert record["protocol"]["background"] == BACKGROUND
    assert [group["name"] for group in record["more"]] == ["Power spectra"]
    parzen_curve(snapshots, splits, tmp_path / "parzen.csv", settings.parzen, device)
    assert {row["dimension"] for row in read_table(tmp_path / "parzen.csv")} == {16 * 16 * 3}
    for name in ("samples.png", "copies", "walk.gif", "film.gif"):
        with Image.open(tmp_path / name) as picture:
            assert not picture.has_transparency_data
    images = generate(load_generator(final), draw_latents(4, 8, 0))
    assert images.shape == (4, 16, 16, 4)


def test_the_pack_holds_what_was_drawn(splits):
    with Pack(splits / "train.npy") as pack:
        codes = pack.read(range(len(pack)))
    assert set(codes[:, 0, 0, 3].tolist()) == {0}
    hidden = codes[codes[..., 3] == 0]
    assert (hidden[:, :3] == alpha.rgb(BACKGROUND)).all()
    middle = codes[codes[..., 3] == 255]
    assert len(middle)
    record = json.loads((splits / "normalization.json").read_text())
    assert (record["channels"], record["background"]) == (4, BACKGROUND)


def test_networks_and_scores_see_what_pillow_makes_of_it(splits):
    with Pack(splits / "train.npy") as pack, Reals(splits / "train.npy") as reals:
        codes = pack.read(range(len(pack)))
        seen = reals.read(range(len(reals)))
        assert (reals.channels, reals.background) == (3, BACKGROUND)
    batches = RealBatches(splits / "train.npy", len(codes), 0, False, torch.device("cpu"))
    fed = batches.batch(0, 0)
    for index, picture in enumerate(codes):
        ground = Image.new("RGBA", (16, 16), BACKGROUND)
        expected = np.asarray(Image.alpha_composite(ground, Image.fromarray(picture)))
        assert np.abs(seen[index].astype(int) - expected[..., :3]).max() <= 1
    # Images come in another order; put back, they are the pack's up to rounding.
    again = to_codes(fed)
    assert sorted(map(bytes, alpha.without_hidden(codes, "#000000"))) == sorted(map(bytes, again))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_packs_of_floats_are_the_same_pictures(tmp_path, tiny, splits, dtype):
    params = tiny({"resize.channels": 4, "normalize.dtype": dtype}).normalize
    normalize(tmp_path / "16.npy", tmp_path / "16.json", tmp_path / "floats", params)
    with Reals(splits / "test.npy") as codes, Reals(tmp_path / "floats/test.npy") as floats:
        assert (codes.read(range(len(codes))) == floats.read(range(len(floats)))).all()


def test_pictures_without_transparency_are_opaque_and_told(tmp_path, settings, caplog):
    with caplog.at_level(logging.WARNING):
        splits = prepare(tmp_path, settings, opaque=True)
    assert "3 would train the same pictures" in caplog.text
    with Pack(splits / "train.npy") as pack:
        assert (pack.read(range(len(pack)))[..., 3] == 255).all()


def test_splits_that_do_not_say_the_background_are_told(splits):
    record = json.loads((splits / "normalization.json").read_text())
    for background in (None, "white", 7):
        changed = {**record, "background": background}
        (splits / "normalization.json").write_text(json.dumps(changed))
        with pytest.raises(UserError, match=r"normalization\.json.*background.*normalize stage"):
            Reals(splits / "test.npy")


def clear_generator(path):
    """A snapshot that makes alpha of all kinds, saved and read again."""
    layers = model(6, 4)
    generator = build_generator(16, 16, 4, layers, torch.Generator().manual_seed(0))
    for parameter in generator.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(1))
    info = SnapshotInfo("16", 16, 16, 4, layers.model_dump(), 1, 1, 8, "raw")
    save_generator(path, generator, info)
    return load_generator(path)


def test_sheets_are_grey_under_pictures_and_white_between(tmp_path):
    images = generate(clear_generator(tmp_path / "g"), draw_latents(4, 6, 0))
    assert images[..., 3].min() < 255
    laid = sheet(images, 2, 2)
    ground = Image.new("RGBA", (16, 16), alpha.NEUTRAL)
    expected = np.asarray(Image.alpha_composite(ground, to_picture(images[0])))[..., :3]
    shown = laid[GAP : GAP + 16, GAP : GAP + 16]
    assert laid.shape == (2 * 18 + 2, 2 * 18 + 2, 3)
    assert np.abs(shown.astype(int) - expected).max() <= 1
    assert (laid[0] == 255).all()


def test_hidden_colours_are_in_no_sheet(splits, tmp_path):
    clear = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 4), np.uint8)
    clear[..., 3] = 0
    assert (sheet(clear, 1, 2)[GAP:-GAP, GAP : GAP + 16] == GREY).all()
    captioned = np.asarray(captioned_sheet([[Cell(image) for image in clear]]))
    assert set(captioned[8:90, 8:90].ravel().tolist()) == {GREY}
    assert GREY in real_sheet(splits, 1, 1, 0)
    write_gif(tmp_path / "a.gif", [sheet(clear, 1, 2)] * 2, 50)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.convert("RGB").getpixel((9, 9)) == (GREY,) * 3


def test_scores_see_samples_on_the_background(tmp_path):
    generator, latents = clear_generator(tmp_path / "g"), draw_latents(3, 6, 0)
    for image, seen in zip(
        generate(generator, latents), generate_seen(generator, latents, BACKGROUND), strict=True
    ):
        ground = Image.new("RGBA", (16, 16), BACKGROUND)
        expected = np.asarray(Image.alpha_composite(ground, Image.fromarray(image)))[..., :3]
        assert np.abs(seen.astype(int) - expected).max() <= 1


def test_each_sample_keeps_its_alpha(tmp_path):
    generator = clear_generator(tmp_path / "g.safetensors")
    words = ["sample", str(tmp_path / "g.safetensors"), "--rows", "1", "--columns", "2", "--each"]
    assert cli.main([*words, "--out", str(tmp_path / "out"), "--device", "cpu"]) == 0
    images = generate(generator, draw_latents(2, 6, 1))
    for number, image in enumerate(images):
        with Image.open(tmp_path / f"out/sample-{number:04d}.png") as picture:
            assert picture.mode == "RGBA"
            assert (np.asarray(picture) == image).all()


def test_neighbors_are_those_that_look_alike(tmp_path, splits):
    """A training picture that looks like sample 1 on the background, by other colours and alpha."""
    generator = clear_generator(tmp_path / "g.safetensors")
    sample = generate_seen(generator, draw_latents(2, 6, 1), BACKGROUND)[1]
    with Pack(splits / "train.npy") as pack:
        codes = pack.read(range(len(pack)))
    codes[7] = np.dstack([sample, np.full((16, 16), 255, np.uint8)])
    np.save(splits / "train.npy", codes)
    words = ["neighbors", str(tmp_path / "g.safetensors"), "--space", "pixels", "--count", "2"]
    words += ["--data", str(splits), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert cli.main(words) == 0
    found = json.loads((tmp_path / "out/neighbors.json").read_text())["pixels"]
    assert found["nearest_to_samples"][1]["rows"][0] == 7
    assert found["nearest_to_samples"][1]["distances"][0] == 0
    with Image.open(tmp_path / "out/neighbors-pixels.png") as picture:
        assert picture.mode == "RGB"


def test_the_discriminators_features_do_not_see_what_is_hidden():
    discriminator = build_discriminator(16, 16, 4, model(6, 4), torch.Generator().manual_seed(0))
    codes = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 4), np.uint8)
    codes[:, :8, :, 3] = 0
    found = features(discriminator.eval(), codes)
    hidden, seen = codes.copy(), codes.copy()
    hidden[:, :8, :, :3] = 99
    seen[:, 8:, :, :3] = 99
    assert (features(discriminator, hidden) == found).all()
    assert (features(discriminator, seen) != found).any()


def test_the_sheet_of_dropped_pictures_is_grey_under_them(tmp_path):
    clear = np.zeros((80, 80, 4), np.uint8)
    dropped = Dropped()
    dropped.add("a.png", Drop("too flat", "too flat"), clear)
    dropped.add("b.png", Drop("duplicate", "duplicate", repeats=0), None)
    drawn = np.asarray(draw_sheet(dropped, 2, {0: clear})).reshape(-1, 3)
    # The letters' edges are grey in places, too.
    assert 0 <= (drawn == GREY).all(axis=1).sum() - 2 * 80 * 80 < 50


def test_colours_change_and_alpha_does_not_where_images_are_recoloured():
    images = torch.rand(8, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    found = _recolour(images)
    torch.manual_seed(0)
    assert torch.equal(found[:, :3], _recolour(images[:, :3]))
    assert not torch.equal(found[:, :3], images[:, :3])
    assert torch.equal(found[:, 3], images[:, 3])


@pytest.mark.parametrize("change", [_cut, _translate])
def test_all_channels_are_cut_and_shifted_alike(change):
    found = change(torch.ones(8, 4, 16, 16))
    assert (found == 0).any()
    assert torch.equal(found[:, :1].expand(-1, 4, -1, -1), found)
