"""A survey counts what was put there."""

import tarfile
import zipfile

import numpy as np
import pytest
from advise.pictures import blobs, fill
from PIL import Image

from dcgan_core.advise import survey as surveying
from dcgan_core.advise.located import located
from dcgan_core.advise.photos import opened
from dcgan_core.advise.survey import survey
from dcgan_core.errors import UserError


def surveyed(path, root):
    with opened(path, root) as photos:
        return survey(photos)


@pytest.fixture
def mixed(tmp_path):
    """Ten colour pictures, and one of each kind that there is something to say of."""
    folder = fill(tmp_path / "photos", 10, 40, 80)
    first = Image.open(folder / "0000.png")
    first.save(folder / "copy.bmp")
    first.resize((160, 80), Image.Resampling.BICUBIC).save(folder / "near.jpg", quality=95)
    rng = np.random.default_rng(9)
    blobs(rng).convert("L").convert("RGB").save(folder / "grey.jpg")
    see_through = blobs(rng).convert("RGBA")
    see_through.putalpha(128)
    see_through.save(folder / "glass.png")
    opaque = blobs(rng).convert("RGBA")
    opaque.save(folder / "opaque.png")
    (folder / "broken.jpg").write_bytes((folder / "grey.jpg").read_bytes()[:200])
    (folder / "text.png").write_text("no picture")
    (folder / "notes.txt").write_text("words")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


def test_each_kind_is_counted(mixed, tmp_path):
    pytest.importorskip("imagehash")
    found = surveyed(mixed, tmp_path)
    assert found.count == 15
    assert found.formats == {"PNG": 12, "BMP": 1, "JPEG": 2}
    assert (found.exact, found.near, found.grey, found.transparent) == (1, 1, 1, 1)
    assert {name for name, _ in found.unreadable} == {"broken.jpg", "text.png"}
    assert [name for name, _ in found.photos.others] == ["notes.txt"]
    assert len(found.tones) == 13
    assert found.shorter == 40
    assert found.sides.max(axis=0).tolist() == [80, 160]
    assert not found.classes


def test_without_the_package_near_copies_are_unknown(mixed, tmp_path, monkeypatch):
    monkeypatch.setattr(surveying, "find_spec", lambda name: None)
    found = surveyed(mixed, tmp_path)
    assert (found.exact, found.near) == (1, None)


def test_class_folders_are_known(tmp_path):
    fill(tmp_path / "photos" / "cat", 3)
    fill(tmp_path / "photos" / "dog", 2, seed=1)
    assert surveyed(tmp_path / "photos", tmp_path).classes == {"cat": 3, "dog": 2}


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_is_surveyed_as_its_folder_and_leaves_nothing(mixed, tmp_path, kind):
    path = tmp_path / f"photos.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(mixed.iterdir()):
                archive.write(file, file.name)
    else:
        with tarfile.open(path, "w") as archive:
            archive.add(mixed, ".")
    folder, packed = surveyed(mixed, tmp_path), surveyed(path, tmp_path)
    assert packed.formats == folder.formats
    assert packed.unreadable == folder.unreadable
    assert (packed.exact, packed.near) == (folder.exact, folder.near)
    np.testing.assert_array_equal(packed.tones, folder.tones)
    assert list((tmp_path / ".dcgan").iterdir()) == []


def test_photos_are_named_from_the_project_or_in_full(tmp_path):
    inside, outside = tmp_path / "project/data/own", tmp_path / "elsewhere"
    inside.mkdir(parents=True)
    outside.mkdir()
    (tmp_path / "project/link").symlink_to(outside)
    assert located(inside, tmp_path / "project") == ("folder", "data/own")
    for path in (outside, tmp_path / "project/link"):
        assert located(path, tmp_path / "project") == ("folder", outside.as_posix())


def test_what_is_no_photo_is_told_in_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "words").mkdir()
    (tmp_path / "words/a.txt").write_text("a")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/a.png").write_text("a")
    (tmp_path / "file").write_text("a")
    told = {
        "none": "not found. Name a folder",
        "empty": "empty. Name a folder",
        "words": "1 files, none of them an image",
        "bad": r"none of its 1 images can be read \(a.png: not an image\)",
        "file": "neither a zip nor a tar",
    }
    for name, words in told.items():
        with pytest.raises(UserError, match=words) as error:
            surveyed(tmp_path / name, tmp_path)
        assert "\n" not in str(error.value)
