"""The table of extractors against the setting that names them."""

import sys
from typing import get_args

import pytest
from settings import ROOT

from dcgan_core.errors import UserError
from dcgan_core.evaluate import features
from dcgan_core.evaluate.extractors import EXTRACTORS, find_extractor
from dcgan_core.evaluate.metrics import METRICS, recorded_name
from dcgan_core.params import Fidelity
from dcgan_core.stages import stage_keys


def settings(tiny, extractor, path="", sha256=""):
    names = ("extractor", "extractor_path", "extractor_sha256")
    values = (extractor, path, sha256)
    return tiny({f"fidelity.{n}": v for n, v in zip(names, values, strict=True)}).fidelity


def test_the_setting_offers_every_extractor():
    assert set(get_args(Fidelity.model_fields["extractor"].annotation)) == set(EXTRACTORS)


def test_the_default_needs_no_file_and_its_distances_are_no_fid(tiny):
    found = find_extractor(tiny().fidelity)
    assert found.protocol is features.PROTOCOL
    assert found.protocol["extractor"] == tiny().fidelity.extractor
    assert recorded_name("fd", found.short_name) == "fd_efflite0"
    assert recorded_name("kid", found.short_name) == "kid_efflite0"


def test_only_inceptions_distances_are_called_fid_and_kid():
    assert [recorded_name(name, "inception") for name in ("fd", "kid")] == ["fid", "kid"]
    assert recorded_name("fd", "onnx_01234567") == "fd_onnx_01234567"
    shares = [name for name, metric in METRICS.items() if not metric.named_by_extractor]
    assert [recorded_name(name, "inception") for name in shares] == shares
    named = [metric for metric in METRICS.values() if metric.named_by_extractor]
    assert all(metric.inception_name for metric in named)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (("efficientnet-lite0", "a.onnx"), "brings its own weights; empty it"),
        (("efficientnet-lite0", "", "0" * 64), "knows the hash of its weights; empty it"),
        (("inception", "a.pth", "0" * 64), "knows the hash of its weights; empty it"),
        (("onnx",), "needs extractor_path.*sha256sum"),
        (("onnx", "a.onnx"), "needs extractor_path.*sha256sum"),
        (("onnx", "", "0" * 64), "needs extractor_path.*sha256sum"),
        (("onnx", "a.onnx", "0" * 63), "extractor_sha256 = .*of the form"),
        (("onnx", "~/a.onnx", "0" * 64), "extractor_path = .*write your home folder out"),
        (("onnx", "results/a.onnx", "0" * 64), "extractor_path = .*files of yours would be lost"),
        (("vgg",), "must be one of efficientnet-lite0, inception, onnx"),
    ],
)
def test_files_that_do_not_suit_the_extractor_are_refused_in_one_line(tiny, chosen, told):
    with pytest.raises(UserError, match=told) as error:
        settings(tiny, *chosen)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("inception", "torch_fidelity.feature_extractor_inceptionv3", "torch-fidelity"),
        ("onnx", "onnxruntime", "onnxruntime"),
    ],
)
def test_a_package_that_is_not_there_is_named(tiny, tmp_path, monkeypatch, name, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("dcgan_core.evaluate.extractors.find_weights", lambda path: tmp_path)
    path = tmp_path / "network"
    path.touch()
    chosen = settings(tiny, name, str(path), "0" * 64 if name == "onnx" else "")
    with pytest.raises(UserError, match=f"fidelity.extractor: {name} needs .*install {extra}"):
        find_extractor(chosen)


def test_the_hash_of_the_file_is_part_of_the_stages_key_and_the_training_is_not_touched(tiny):
    """Both engines take it from the settings, so a clone needs no copy of the file."""

    def keys(sha256):
        chosen = {"fidelity.extractor": "onnx", "fidelity.extractor_path": "a.onnx"}
        return stage_keys(tiny({**chosen, "fidelity.extractor_sha256": sha256}), ROOT)

    before, after = keys("0" * 64), keys("1" * 64)
    assert {name for name in before if before[name] != after[name]} == {
        "fidelity",
        "sample",
        "explorer",
        "summary",
    }
