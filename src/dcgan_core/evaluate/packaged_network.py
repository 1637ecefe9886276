"""Small trained networks that come with the package, each known by its sha256."""

from pathlib import Path

from torch import nn

from ..errors import UserError
from ..files import sha256_file
from ..nets.tensor_file import Header, read_header, read_tensors

REMEDY = "Install dcgan-workflow again."


def packaged_header(weights: Path, sha256: str) -> Header:
    """The header of a network's file, which must be the one that belongs to this version.

    Raises:
        UserError: the file is missing, or another.
    """
    if not weights.is_file():
        raise UserError(f"{weights}: is missing, though it comes with the package. {REMEDY}")
    if sha256_file(weights) != sha256:
        raise UserError(f"{weights}: is not the network that this version reads with. {REMEDY}")
    return read_header(weights)


def load_packaged(net: nn.Module, weights: Path, header: Header) -> None:
    """Give a network the weights of its file and set it to eval mode, no longer to be trained."""
    net.load_state_dict(read_tensors(weights, header, net.state_dict()))
    net.eval().requires_grad_(False)
