"""Networks in ONNX files: what they are fed, what they give, and files that are not good."""

import hashlib
import os

import numpy as np
import pytest
from evaluate.onnx_files import FLOAT, UINT8, node, tensor, value_info, write_onnx

from dcgan_core.errors import UserError
from dcgan_core.evaluate.extractors import find_extractor
from dcgan_core.evaluate.onnx_features import OnnxFeatures

pytest.importorskip("onnxruntime")

FLAT = [node("Flatten", ["image"], "features", axis=1)]
"""The features are the input itself."""


def opened(path):
    return OnnxFeatures(str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def flat(path, shape, kind=FLOAT, metadata=None):
    """A network whose features are what it was fed."""
    nodes = FLAT
    if kind == UINT8:
        nodes = [node("Flatten", ["image"], "f", axis=1), node("Cast", ["f"], "features", to=FLOAT)]
    outputs = [value_info("features", ["n", "d"], FLOAT)]
    image = [value_info("image", shape, kind)]
    return opened(write_onnx(path / "net.onnx", image, nodes, outputs, metadata=metadata))


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)


def test_features_are_what_the_network_computes(tmp_path, images):
    """Means of channels times a matrix, by numpy and by the file."""
    weights = np.random.default_rng(1).normal(size=(3, 8)).astype(np.float32)
    nodes = [
        node("GlobalAveragePool", ["image"], "pooled"),
        node("Flatten", ["pooled"], "means", axis=1),
        node("MatMul", ["means", "w"], "features"),
    ]
    image = [value_info("image", ["n", 3, "h", "w"], FLOAT)]
    outputs = [value_info("features", ["n", 8], FLOAT)]
    path = write_onnx(tmp_path / "net.onnx", image, nodes, outputs, (tensor("w", weights),))
    found = opened(path).extract(iter([images[:2], images[2:]]))
    assert (found.shape, found.dtype) == ((5, 8), np.float32)
    np.testing.assert_allclose(found, images.mean(axis=(1, 2)) / 255 @ weights, rtol=1e-4)


@pytest.mark.parametrize(
    ("shape", "order"),
    [
        (["n", 3, "h", "w"], (0, 3, 1, 2)),
        (["n", 3, 6, 4], (0, 3, 1, 2)),
        (["n", "h", "w", 3], (0, 1, 2, 3)),
        ([2, 6, 4, 3], (0, 1, 2, 3)),
        ([1, 3, 6, 4], (0, 3, 1, 2)),
    ],
)
@pytest.mark.parametrize("kind", [FLOAT, UINT8])
def test_layouts_types_and_fixed_batches(tmp_path, images, shape, order, kind):
    wanted = images.transpose(order).reshape(5, -1) / (255 if kind == FLOAT else 1)
    found = flat(tmp_path, shape, kind).extract(images)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_images_are_stretched_to_a_fixed_size_and_codes_are_rounded(tmp_path):
    flat_colour = np.full((2, 9, 7, 3), 100, np.uint8)
    features = flat(tmp_path, ["n", 3, 5, 8], UINT8)
    np.testing.assert_array_equal(features.extract(flat_colour), np.full((2, 120), 100))
    step = np.zeros((1, 4, 4, 1), np.uint8)
    step[:, :, 2:] = 255
    wide = flat(tmp_path, ["n", 1, 4, 8], UINT8).extract(step).reshape(4, 8)
    assert set(wide[0, [0, 1, -2, -1]]) <= {0, 255}
    assert np.all(np.diff(wide[0, 1:-1]) >= 0)
    assert 0 < wide[0, 3] < wide[0, 4] < 255


def test_the_files_metadata_say_how_values_are_scaled(tmp_path, images):
    told = {"mean": "0.485, 0.456, 0.406", "std": "[0.229,0.224,0.225]", "other": "x"}
    features = flat(tmp_path, ["n", "h", "w", 3], metadata=told)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    wanted = (images / 255 - mean) / std
    np.testing.assert_allclose(
        features.extract(images), wanted.reshape(5, -1), rtol=1e-4, atol=1e-5
    )
    assert features.protocol["mean"] == [0.485, 0.456, 0.406]
    plain = flat(tmp_path, ["n", "h", "w", 3], metadata={"scale": "1"})
    np.testing.assert_array_equal(plain.extract(images), images.reshape(5, -1))


def test_grey_images_are_repeated_and_colours_are_not_made_grey(tmp_path, images):
    grey = images[..., :1]
    found = flat(tmp_path, ["n", "h", "w", 3], UINT8).extract(grey)
    np.testing.assert_array_equal(found, np.repeat(grey, 3, 3).reshape(5, -1))
    features = flat(tmp_path, ["n", 1, "h", "w"], UINT8)
    np.testing.assert_array_equal(features.extract(grey), grey.reshape(5, -1))
    with pytest.raises(UserError, match=r"net.onnx: fails on images \(the network takes grey"):
        features.extract(images)


def test_the_protocol_tells_the_file_apart(tmp_path, tiny, images):
    one = flat(tmp_path, ["n", 3, 6, 6])
    path, sha256 = one.file.path, one.file.sha256
    chosen = {"extractor": "onnx", "extractor_path": path, "extractor_sha256": sha256}
    settings = tiny({f"fidelity.{name}": value for name, value in chosen.items()}).fidelity
    found = find_extractor(settings)
    assert found.short_name == f"onnx_{sha256[:8]}"
    assert found.protocol["weights_sha256"] == sha256
    assert found.protocol["resolution"] == 6
    assert found.protocol["input_shape"] == ["n", "3", "6", "6"]
    assert len(found.extract(images, device="cpu")) == 5
    other = flat(tmp_path, ["n", 3, "h", 6])
    assert other.protocol["resolution"] == "own × 6 px"
    assert other.short_name != one.short_name


def refused(call, *arguments):
    with pytest.raises(UserError) as told:
        call(*arguments)
    text = str(told.value)
    assert "\n" not in text
    assert "net.onnx" in text
    return text


def test_another_file_than_the_one_named_is_refused(tmp_path):
    path = tmp_path / "net.onnx"
    assert "no such file (fidelity.extractor_path" in refused(OnnxFeatures, str(path), "0" * 64)
    sha256 = flat(tmp_path, ["n", 3, 6, 4]).file.sha256
    told = refused(OnnxFeatures, str(path), "0" * 64)
    assert f"its sha256 is {sha256}, but fidelity.extractor_sha256 is 0000" in told


def test_damaged_files_are_told_in_one_line(tmp_path):
    flat(tmp_path, ["n", 3, 6, 4])
    path = tmp_path / "net.onnx"
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [b"", b"text", content[:40], content[:-3], b"\x3b" * 50, b"\xff" * 50]
    for _ in range(200):
        one = bytearray(content)
        one[rng.integers(len(one))] = rng.integers(256)
        damaged.append(bytes(one))
    told = []
    for one in damaged:
        path.write_bytes(one)
        try:
            opened(path).extract(np.zeros((1, 6, 4, 3), np.uint8))
        except UserError as error:
            told.append(str(error))
    assert len(told) >= 40
    assert all(one.startswith(f"{path}: ") and "\n" not in one for one in told)


@pytest.mark.parametrize("place", ["beside.bin", "../beside.bin", "absolute"])
def test_weights_in_other_files_are_refused(tmp_path, monkeypatch, place):
    """Some versions of onnxruntime read them from anywhere, and the hash does not cover them."""
    weights = np.ones((3, 2), np.float32)
    (tmp_path / "in").mkdir()
    for folder in (tmp_path, tmp_path / "in"):
        (folder / "beside.bin").write_bytes(weights.tobytes())
    monkeypatch.chdir(tmp_path / "in")
    elsewhere = str(tmp_path / "beside.bin") if place == "absolute" else place
    nodes = [
        node("GlobalAveragePool", ["image"], "pooled"),
        node("Flatten", ["pooled"], "means", axis=1),
        node("MatMul", ["means", "w"], "features"),
    ]
    image = [value_info("image", ["n", 3, "h", "w"], FLOAT)]
    outputs = [value_info("features", ["n", 2], FLOAT)]
    stored = tensor("w", weights, elsewhere)
    path = write_onnx(tmp_path / "in/net.onnx", image, nodes, outputs, (stored,))
    assert "keeps weights in other files" in refused(opened, path)
    assert os.getcwd() == str(tmp_path / "in")


@pytest.mark.parametrize(
    ("shape", "kind", "told"),
    [
        (["n", 3, 6], FLOAT, "must be float32 or uint8, N×C×H×W"),
        (["n", 3, 6, 4], 11, "must be float32 or uint8, N×C×H×W"),
        (["n", "c", "h", "w"], FLOAT, "neither its second side nor its last"),
        (["n", 4, 6, 4], FLOAT, "neither its second side nor its last"),
    ],
)
def test_inputs_that_are_no_images_are_refused(tmp_path, shape, kind, told):
    outputs = [value_info("features", ["n", "d"], kind)]
    path = tmp_path / "net.onnx"
    write_onnx(path, [value_info("image", shape, kind)], FLAT, outputs)
    assert told in refused(opened, path)


@pytest.mark.parametrize(
    "told", [{"mean": "black"}, {"std": "0"}, {"std": "1,2"}, {"mean": "nan"}, {"scale": "-1"}]
)
def test_metadata_that_make_no_sense_are_refused_by_name(tmp_path, told):
    assert f"metadata {next(iter(told))} = " in refused(
        lambda: flat(tmp_path, ["n", 3, "h", "w"], metadata=told)
    )


def test_metadata_of_an_input_that_takes_codes_are_refused(tmp_path):
    told = refused(lambda: flat(tmp_path, ["n", 3, "h", "w"], UINT8, {"mean": "0.5"}))
    assert "its metadata name mean, but its input is uint8" in told


def test_outputs_that_are_no_features_are_refused(tmp_path, images):
    path, shape = tmp_path / "net.onnx", ["n", 3, "h", "w"]
    image, maps = [value_info("image", shape, FLOAT)], [value_info("features", shape, FLOAT)]
    write_onnx(path, image, [node("Relu", ["image"], "features")], maps)
    assert "of shape [5, 3, 6, 4] for 5 images" in refused(opened(path).extract, images)
    rows = [value_info("f", ["n", "d"], FLOAT)]
    flat_nodes = [node("Flatten", ["image"], "f", axis=1)]
    write_onnx(path, [*image, value_info("more", shape, FLOAT)], flat_nodes, rows)
    assert "has 2 inputs (image, more)" in refused(opened, path)
    both = [node("Relu", ["image"], "maps"), *flat_nodes]
    write_onnx(path, image, both, [value_info("maps", shape, FLOAT), *rows])
    assert "has outputs maps, f, and none is called features" in refused(opened, path)


def test_the_output_called_features_counts(tmp_path, images):
    path, shape = tmp_path / "net.onnx", ["n", 3, "h", "w"]
    nodes = [node("Relu", ["image"], "maps"), *FLAT]
    outputs = [value_info("maps", shape, FLOAT), value_info("features", ["n", "d"], FLOAT)]
    write_onnx(path, [value_info("image", shape, FLOAT)], nodes, outputs)
    assert opened(path).extract(images).shape == (5, 72)


def test_features_that_are_not_finite_are_refused(tmp_path, images):
    path, shape = tmp_path / "net.onnx", ["n", 3, "h", "w"]
    nodes = [node("Div", ["image", "image"], "nan"), node("Flatten", ["nan"], "features", axis=1)]
    outputs = [value_info("features", ["n", "d"], FLOAT)]
    write_onnx(path, [value_info("image", shape, FLOAT)], nodes, outputs)
    black = np.zeros_like(images)
    assert "not finite numbers" in refused(opened(path).extract, black)


def test_bad_images(tmp_path, images):
    features = flat(tmp_path, ["n", 3, "h", "w"])
    for bad in (images.astype(np.float32), images[:0], images[0]):
        with pytest.raises(ValueError, match="images"):
            features.extract(bad)
