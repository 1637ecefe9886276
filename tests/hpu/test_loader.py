"""HabanaDataLoader behind its switch: used where it can be, refused where it would fall back."""

import sys

import numpy as np
import pytest
from emulator_process import LAZY

from dcgan_core.device import resolve
from dcgan_core.device.habana_loader import open_loader
from dcgan_core.errors import UserError
from dcgan_core.train.run import Run


def test_a_training_may_read_through_the_loader(emulator):
    found = emulator.run("loader", LAZY)
    assert found["steps"] == 3
    assert found["device"] == "hpu"
    # JPEG moves a flat colour by a few codes; another scale or order of channels by many.
    assert found["worst"] <= 4


def test_a_first_generation_gaudi_is_refused_with_the_reason(emulator):
    found = emulator.run("loader", LAZY, HPU_EMULATOR_NAME="GAUDI")
    assert "fell back" in found["refusal"]
    assert "ImageNet" in found["refusal"]
    assert "train.loader to pack" in found["refusal"]


def test_other_devices_are_refused(tiny, tmp_path):
    pack = tmp_path / "train.npy"
    np.save(pack, np.zeros((8, 16, 16, 3), np.uint8))
    with pytest.raises(UserError, match="needs device hpu, not cpu"):
        Run(tiny({"train.loader": "habana"}), "16", resolve("cpu"), pack, tmp_path)


@pytest.mark.parametrize("module", ["habana_dataloader", "torchvision.datasets"])
def test_outside_the_container_it_is_told_where_the_loader_comes_from(
    module, tmp_path, monkeypatch
):
    # Any module will do for the one that is not on this machine.
    monkeypatch.setitem(sys.modules, "habana_dataloader", sys)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=r"train\.loader = habana needs .* the Gaudi container"):
        open_loader(tmp_path, 8, (16, 16))
