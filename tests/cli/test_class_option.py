"""``--class``: which classes are drawn, and what is said of a name that is not known."""

import numpy as np
import pytest
import torch
from cli.generated import kept_calls
from nets.models import model

from dcgan_core import cli
from dcgan_core.nets import Classes, build_generator
from dcgan_core.nets.snapshot import SnapshotInfo, save_generator
from dcgan_core.sample import sampler

CLASSES = Classes(("cat", "dog", "eel"), (2, 1, 1))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run of a conditional generator whose classes differ, and one of an unconditional one."""
    for name, known in (("best", CLASSES), ("plain", Classes())):
        rng = torch.Generator().manual_seed(0)
        made_of = model(5, 2)
        generator = build_generator(16, 16, 3, made_of, rng, known)
        for parameter in generator.parameters():
            torch.nn.init.normal_(parameter, generator=rng)
        images = dict(zip(known.names, known.images, strict=True))
        info = SnapshotInfo("16", 16, 16, 3, made_of.model_dump(), 1, 1, 1, "ema", classes=images)
        save_generator(tmp_path / f"results/16/{name}.safetensors", generator, info)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """The classes of every call of ``generate``, in order."""
    return kept_calls(monkeypatch, lambda _, classes: None if classes is None else classes.tolist())


@pytest.mark.usefixtures("folder")
def test_rows_are_shared_out_among_the_classes_asked_for(shown):
    words = ["sample", "--rows", "4", "--columns", "2"]
    assert cli.main([*words, "--class", "eel", "--class", "cat"]) == 0
    assert cli.main([*words, "--class", "dog"]) == 0
    assert cli.main(words) == 0
    assert shown == [[2] * 4 + [0] * 4, [1] * 8, CLASSES.first(8).tolist()]


@pytest.mark.usefixtures("folder")
def test_walks_stay_in_one_class(shown):
    assert cli.main(["interpolate", "--pairs", "3:1,0:2", "--steps", "4"]) == 0
    of_3, of_0 = CLASSES.numbered([3, 0]).tolist()
    assert shown == [[of_3] * 4, [of_0] * 4, [of_3] * 58, [of_0] * 58]
    shown.clear()
    assert cli.main(["circle", "--circles", "1", "--frames", "14", "--class", "eel"]) == 0
    assert shown == [[2] * 12, [2] * 14]
    shown.clear()
    assert cli.main(["arithmetic", "-a", "0,1", "-b", "2", "-c", "3", "--class", "dog"]) == 0
    assert shown == [[1] * 3, [1] * 2, [1] * 2, [1] * 9]


def test_a_class_that_is_not_known_is_answered_with_those_that_are(folder, capsys):
    assert cli.main(["sample", "--class", "dogs"]) == 1
    said = capsys.readouterr().err
    assert "no such class. Did you mean 'dog'? It has cat, dog, eel." in said
    plain = str(folder / "results/16/plain.safetensors")
    assert cli.main(["sample", plain, "--class", "dog"]) == 1
    assert "knows no classes; it was trained with model.conditional: false" in (
        capsys.readouterr().err
    )


@pytest.mark.usefixtures("folder")
def test_a_number_is_the_same_image_however_it_is_asked_for():
    generator = sampler.generate
    from dcgan_core.sample import load_generator
    from dcgan_core.sample.latents import draw_latents
    from dcgan_core.sample.sampler import generate_batches

    loaded = load_generator("results/16/best.safetensors")
    latents = draw_latents(10, 5, 1)
    whole = generator(loaded, latents)
    parts = np.concatenate(list(generate_batches(loaded, latents, 3)))
    one = generator(loaded, latents[7:8], classes=CLASSES.numbered([7]))
    assert np.abs(whole.astype(int) - parts).max() <= 1
    assert np.abs(whole[7:8].astype(int) - one).max() <= 1
