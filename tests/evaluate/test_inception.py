"""Inception's features and distances against torch-fidelity's own, on random weights.

The published weights are not needed: they are the same tensors by name and shape.
"""

import hashlib

import numpy as np
import pytest
import torch
from flaky import flaky_server

from dcgan_core.errors import UserError
from dcgan_core.evaluate import inception
from dcgan_core.evaluate.distances import frechet_distance


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A state dict whose activations neither vanish nor explode."""
    library = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    torch.manual_seed(0)
    like = type("Like", (library.FeatureExtractorInceptionV3,), {"load_state_dict": _keep})
    path = tmp_path_factory.mktemp("inception") / "weights.pth"
    torch.save({}, path)
    net = like("like", ["2048"], feature_extractor_weights_path=path)
    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.bias, std=0.1)
    torch.save(net.state_dict(), path)
    return path


def _keep(self, state):
    """In place of reading weights: the random ones stay."""


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (12, 6, 5, 3))
    return coarse.repeat(6, 1).repeat(7, 2).astype(np.uint8)


@pytest.fixture(scope="module")
def found(weights):
    return inception.InceptionFeatures(weights)


def theirs(weights, images):
    """Features as torch-fidelity makes them, from a file it reads by itself."""
    library = pytest.importorskip("torch_fidelity.utils")
    net = library.create_feature_extractor(
        "inception-v3-compat",
        ["2048"],
        cuda=False,
        feature_extractor_weights_path=str(weights),
        verbose=False,
    )
    batch = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    with torch.no_grad():
        return torch.cat([net(part)[0] for part in batch.split(6)])


def test_features_and_distance_are_torch_fidelitys(found, weights, images):
    ours, published = found.extract(images, batch_size=7), theirs(weights, images)
    assert (ours.shape, ours.dtype) == ((12, 2048), np.float32)
    assert float(published.std()) > 0.01
    np.testing.assert_allclose(ours, published.numpy(), rtol=1e-3, atol=1e-4)
    fid = pytest.importorskip("torch_fidelity.metric_fid")
    halves = [fid.fid_features_to_statistics(published[part::2].double()) for part in (0, 1)]
    distance = fid.fid_statistics_to_metric(*halves, verbose=False)[fid.KEY_METRIC_FID]
    assert frechet_distance(ours[::2], ours[1::2]) == pytest.approx(distance, rel=1e-3)


def test_grey_is_repeated_and_the_protocol_says_what_was_done(found, images):
    grey = images[:3, ..., :1]
    np.testing.assert_allclose(
        found.extract(grey), found.extract(np.repeat(grey, 3, axis=3)), rtol=1e-4, atol=1e-5
    )
    protocol = found.protocol
    assert protocol["feature_dimension"] == 2048
    assert protocol["weights_sha256"].startswith("6726825d")
    assert "torch-fidelity 0." in protocol["library"]


def test_bad_images(found):
    for images in (np.zeros((1, 3, 20, 20), np.uint8), np.zeros((0, 20, 20, 3), np.uint8)):
        with pytest.raises(ValueError, match="images"):
            found.extract(images)
    with pytest.raises(ValueError, match="batch_size is 0"):
        found.extract(np.zeros((1, 20, 20, 3), np.uint8), batch_size=0)


def test_other_weights_are_refused_in_one_line(weights, tmp_path):
    state = torch.load(weights, weights_only=True)
    other = tmp_path / "other.pth"
    for change in ({"fc.bias": None}, {"fc.bias": torch.ones(3)}, {"more": torch.ones(1)}):
        changed = {n: v for n, v in {**state, **change}.items() if v is not None}
        torch.save(changed, other)
        with pytest.raises(UserError, match=r"does not hold Inception's weights. Get http") as told:
            inception.network(other)
        assert "\n" not in str(told.value)
    torch.save({**state, "fc.bias": torch.full((1008,), float("nan"))}, other)
    with pytest.raises(UserError, match=r"fc.bias' holds values that are not finite"):
        inception.network(other)


def test_only_the_published_weights_are_taken(tmp_path):
    """Distances on any other are no FID."""
    path = tmp_path / "mine.pth"
    with pytest.raises(UserError, match=r"mine.pth: no such file .*extractor_path.*Get https://"):
        inception.find_weights(str(path))
    path.write_bytes(b"others")
    with pytest.raises(UserError, match=r"mine.pth: its sha256 is .*6726825d.* Get https://"):
        inception.find_weights(str(path))


def test_the_published_hash_begins_as_the_file_is_called():
    assert inception.NAME.endswith(f"-{inception.SHA256[:8]}.pth")
    library = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    assert library.URL_INCEPTION_V3 == inception.URL


def test_weights_are_fetched_into_pytorchs_cache_once(tmp_path, monkeypatch):
    content = b"weights"
    monkeypatch.setattr(inception, "SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    with flaky_server() as server:
        monkeypatch.setattr(inception, "URL", server.put("w.pth", content))
        path = inception.find_weights("")
        assert path == tmp_path / "hub/checkpoints" / inception.NAME
        assert path.read_bytes() == content
        assert len(server.asked) == 1
        assert inception.find_weights("") == path
        assert len(server.asked) == 1
        path.write_bytes(b"damaged")
        assert inception.find_weights("").read_bytes() == content


def test_a_fetch_that_fails_is_told_in_one_line_with_address_and_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    with flaky_server() as server:
        monkeypatch.setattr(inception, "URL", server.url("nothing"))
        with pytest.raises(UserError) as told:
            inception.find_weights("")
    text = str(told.value)
    assert text.startswith(server.url("nothing"))
    assert f"Get {inception.REMEDY.split()[1]} by hand" in text
    assert "fidelity.extractor_path" in text
    assert "\n" not in text
