"""``--latents``: latents of a file take the place of the first numbers."""

import numpy as np
import pytest
import torch
from cli.generated import kept_calls
from nets.snapshots import save_drawing_generator
from safetensors.torch import save_file

from dcgan_core import cli
from dcgan_core.sample.interpolate import slerp
from dcgan_core.sample.latent_file import load_latents, save_latents
from dcgan_core.sample.latents import draw_latents

GIVEN = torch.tensor([[1.0, 2, 3, 4, 5, 6], [0, 0, 1, 0, 0, 0]])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    save_drawing_generator(tmp_path / "results/16/best.safetensors", 1)
    save_latents(tmp_path / "two.safetensors", GIVEN, {"of": "a test"})
    np.save(tmp_path / "one.npy", GIVEN[0].numpy().astype(np.float64))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """The latents of every call of ``generate``, in order."""
    return kept_calls(monkeypatch, lambda latents, classes: latents.clone())


@pytest.mark.usefixtures("folder")
def test_the_first_numbers_are_the_files_and_the_others_the_seeds(shown):
    words = ["sample", "--rows", "1", "--columns", "5", "--seed", "9", "--latents"]
    for file, given in (("two.safetensors", GIVEN), ("one.npy", GIVEN[:1])):
        assert cli.main([*words, file]) == 0
        expected = draw_latents(5, 6, 9)
        assert torch.equal(shown[-1], torch.cat([given, expected[len(given) :]]))
    assert (
        cli.main(["sample", "--rows", "1", "--columns", "1", "--latents", "two.safetensors"]) == 0
    )
    assert torch.equal(shown[-1], GIVEN[:1])


@pytest.mark.usefixtures("folder")
def test_a_walk_begins_at_the_files_latent(shown):
    words = ["--pairs", "0:3", "--steps", "3", "--latents", "one.npy"]
    assert cli.main(["interpolate", *words]) == 0
    end = draw_latents(4, 6, 1)[3]
    torch.testing.assert_close(shown[0], slerp(GIVEN[0], end, torch.tensor([0, 0.5, 1])))
    assert cli.main(["circle", "--circles", "1", "--latents", "one.npy"]) == 0
    torch.testing.assert_close(shown[-1][0], GIVEN[0])
    words = ["-a", "0", "-b", "4", "-c", "5", "--latents", "one.npy"]
    assert cli.main(["arithmetic", *words]) == 0
    samples = draw_latents(6, 6, 1)
    torch.testing.assert_close(shown[-1][0], GIVEN[0] - samples[4] + samples[5])


def test_what_is_no_such_file_is_told_in_one_line(folder, capsys):
    np.save(folder / "long.npy", np.zeros((2, 7), np.float32))
    np.save(folder / "whole.npy", np.zeros((2, 6), np.int64))
    np.save(folder / "nan.npy", np.full((2, 6), np.nan, np.float32))
    np.save(folder / "empty.npy", np.zeros((0, 6), np.float32))
    (folder / "text.npy").write_text("hello")
    (folder / "text.safetensors").write_text("hello")
    save_file({"other": torch.zeros(2, 6)}, folder / "other.safetensors")
    for file, message in {
        "none.npy": "not an array",
        "none.safetensors": "not a readable",
        "text.npy": "not an array",
        "text.safetensors": "not a readable",
        "long.npy": "of length 7, but the generator's have length 6",
        "whole.npy": "of type int64",
        "nan.npy": "of shape [2, 6]",
        "empty.npy": "of shape [0, 6]",
        "other.safetensors": "holds no latents of float32",
    }.items():
        assert cli.main(["sample", "--latents", file]) == 1
        printed = capsys.readouterr().err
        assert message in printed
        assert printed.startswith(f"dcgan: {file}: ")
        assert len(printed.splitlines()) == 1
    assert cli.main(["sample", "--images", "3", "--latents", "one.npy"]) == 1
    assert "--latents and --images 3" in capsys.readouterr().err


def test_a_file_of_latents_is_read_as_it_was_written(folder):
    assert torch.equal(load_latents(folder / "two.safetensors", 6), GIVEN)
