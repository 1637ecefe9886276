"""Every wrong setting is refused, by name, with what is allowed."""

import re

import pytest
from settings import ROOT

from dcgan_core.errors import UserError
from dcgan_core.params import load_params, parse_size, size_name


def refusal(overrides: dict) -> str:
    with pytest.raises(UserError) as caught:
        load_params(ROOT / "params.yaml", overrides)
    return str(caught.value)


def test_the_shipped_params_load_and_keep_small_numbers():
    params = load_params(ROOT / "params.yaml")
    assert params.train.eps == 1e-8
    assert params.sizes == ["64"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("train.lrr", 1, ["train.lrr is not a setting", "did you mean 'lr'"]),
        ("gif.lr", 1, ["gif.lr is not a setting", "did you mean train.lr"]),
        ("colour", 1, ["colour is not a setting", "download, clean, resize"]),
        ("train.lr", 5, ["train.lr = 5", "above 0, at most 1"]),
        ("train.lr", float("nan"), ["train.lr = nan"]),
        ("train.epochs", "ten", ["train.epochs = 'ten'", "whole number"]),
        ("train.epochs", True, ["train.epochs = True", "not true or false"]),
        ("train.epochs", 2.5, ["train.epochs = 2.5", "whole number"]),
        ("resize.channels", 2, ["resize.channels = 2", "one of 1, 3"]),
        ("download.source", "mars", ["earth, avatars, digits, folder, archive"]),
        ("download.sha256", "abc", ["download.sha256 = 'abc'"]),
        ("sizes", ["7"], ['size "7"', "from 16 to 1024"]),
        ("sizes", ["64x64"], ['write "64" for a square']),
        ("sizes", ["64", "64"], ["named twice"]),
        ("sizes", ["big"], ['"N" or "HEIGHTxWIDTH"']),
        ("sizes", "64", ["must be a list"]),
        ("sizes", [], ["sizes"]),
        ("train", 3, ["train = 3", "must be a section"]),
        ("parzen.sigma_min", 5, ["parzen", "above sigma_max"]),
        ("normalize.test", 0.45, ["leaves too little"]),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(name, value, words):
    extra = {"normalize.validation": 0.4} if name == "normalize.test" else {}
    message = refusal({name: value, **extra})
    assert "params.yaml" in message
    for word in words:
        assert word in message, message


def test_a_missing_key_is_named(tmp_path):
    text = (ROOT / "params.yaml").read_text()
    broken = tmp_path / "params.yaml"
    broken.write_text("\n".join(x for x in text.splitlines() if not x.startswith("  beta1")))
    with pytest.raises(UserError, match=r"train.beta1 is missing: must be a number at least 0"):
        load_params(broken)


def test_several_faults_are_told_at_once():
    message = refusal({"train.lr": 5, "model.ngf": 0})
    assert len(message.splitlines()) == 2


def test_a_url_without_its_hash_is_refused():
    message = refusal({"download.source": "archive", "download.url": "https://example.org/x.zip"})
    assert "sha256" in message


@pytest.mark.parametrize("text", ["", "- 1\n", "a: [\n"])
def test_a_file_that_is_no_settings_is_refused(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"params.yaml"):
        load_params(path)


def test_scientific_notation_as_dvc_writes_it_is_a_number(tmp_path):
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(re.sub(r"  lr: \S+", "  lr: 1e-05", text))
    assert load_params(tmp_path / "params.yaml").train.lr == 1e-5


@pytest.mark.parametrize(
    ("text", "pair"), [("64", (64, 64)), ("157x128", (157, 128)), ("16", (16, 16))]
)
def test_sizes_are_height_by_width(text, pair):
    assert parse_size(text) == pair
    assert size_name(pair) == text


def test_classes_need_a_source_with_labels_and_a_loader_that_knows_them():
    said = refusal({"model.conditional": True})
    assert "download.source = earth has none" in said
    assert "avatars, digits, folder, archive, mnist, fashion-mnist, cifar10" in said
    labelled = {"model.conditional": True, "download.source": "cifar10"}
    assert "train.loader = pack" in refusal({**labelled, "train.loader": "habana"})
    assert load_params(ROOT / "params.yaml", labelled).model.conditional
