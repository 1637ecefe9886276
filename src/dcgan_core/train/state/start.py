"""Starting from what another training has learnt: weights are taken over where layers fit."""

import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from ...errors import UserError
from ...files import sha256_file
from ...nets.snapshot import DISCRIMINATOR_HEADER, HEADER
from ...nets.tensor_file import all_finite, read_header
from ..run import Run
from .checkpoint import load_state

log = logging.getLogger("dcgan")

SETTING = "train.start_from in params.yaml"


def start_from(run: Run) -> None:
    """Give the networks of a run that has not begun the weights that ``train.start_from`` names.

    A tensor fits that has the same name and shape, so a file of other channels or another size
    gives the layers that both have. What is taken over is told. Optimisers begin anew.

    Raises:
        UserError: the file is missing, of another hash or of no network, or nothing in it fits.
    """
    path = Path(run.settings.start_from)
    found = networks_in(path, run.settings.start_from_sha256)
    ours = {"generator": run.stepper.generator, "discriminator": run.stepper.discriminator}
    told, taken = [], 0
    for name, tensors in found.items():
        fitting = take_over(ours[name], tensors)
        # Biases, counters and patterns of noise fit by chance.
        learnt = {key for key, value in ours[name].named_parameters() if value.dim() > 1}
        taken += len(learnt.intersection(fitting))
        whole = ours[name].state_dict()
        left = [key for key in whole if key not in fitting]
        words = f"{len(fitting)} of the {name}'s {len(whole)} tensors"
        told.append(f"{words}, not {', '.join(left)}" if left else words)
    if not taken:
        raise UserError(
            f"{path}: no tensor has the name and the shape of one of these networks ({SETTING}). "
            "Take a file of the same model.family and widths, or empty the setting."
        )
    run.stepper.ema.shadow.load_state_dict(run.stepper.generator.state_dict())
    if run.world.first:
        log.info("train %s: starting from %s: %s", run.size, path, "; ".join(told))


def networks_in(path: Path, sha256: str) -> dict[str, Mapping[str, Tensor]]:
    """The weights in a file, by network.

    Args:
        path: a generator or a discriminator as safetensors, or a training state.
        sha256: its hash.

    Raises:
        UserError: it is missing, of another hash, or none of these.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file ({SETTING}).")
    digest = sha256_file(path)
    if digest != sha256:
        raise UserError(
            f"{path}: its sha256 is {digest}, but train.start_from_sha256 is {sha256}. Put that "
            "one into params.yaml if this is the file you mean."
        )
    if path.suffix != ".safetensors":
        state = load_state(path)
        assert state is not None
        return {name: _checked(path, state, name) for name in ("generator", "discriminator")}
    metadata = read_header(path).metadata
    names = {HEADER: "generator", DISCRIMINATOR_HEADER: "discriminator"}
    kind = next((name for key, name in names.items() if key in metadata), None)
    if kind is None:
        raise UserError(f"{path}: no network of this program ({SETTING}).")
    with safe_open(path, framework="pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    return {kind: _checked(path, {"stepper": {kind: tensors}}, kind)}


def _checked(path: Path, state: dict, name: str) -> Mapping[str, Tensor]:
    """A network's tensors in a state, each of finite numbers.

    Raises:
        UserError: it holds no such network, or values that are not finite.
    """
    stepper = state.get("stepper")
    tensors = stepper.get(name) if isinstance(stepper, dict) else None
    if not isinstance(tensors, Mapping) or not all(map(torch.is_tensor, tensors.values())):
        raise UserError(f"{path}: holds no {name} ({SETTING}).")
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not all_finite(tensor):
            raise UserError(f"{path}: {key} holds values that are not finite numbers ({SETTING}).")
    return tensors


@torch.no_grad()
def take_over(network: nn.Module, tensors: Mapping[str, Tensor]) -> list[str]:
    """Copy the tensors that fit into a network; their names."""
    fitting = []
    for name, mine in network.state_dict().items():
        theirs = tensors.get(name)
        if theirs is not None and (theirs.shape, theirs.dtype) == (mine.shape, mine.dtype):
            mine.copy_(theirs)
            fitting.append(name)
    return fitting
