"""How much gradient reaches each layer: measured on the device, read once, kept as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ...tables import write_table


@dataclass(frozen=True)
class LayerGradients:
    """Gradient magnitudes of one network, an entry a non-bias parameter, input side first.

    Attributes:
        layers: where each parameter is and in what, such as ``layers.0 Conv2d``.
        mean: mean |g| of each, 0 or more.
        max: largest |g| of each.
    """

    layers: tuple[str, ...]
    mean: tuple[float, ...]
    max: tuple[float, ...]


def read_gradients(networks: Mapping[str, nn.Module]) -> dict[str, LayerGradients]:
    """Magnitudes of the gradients that the networks hold now, with one read from the device.

    Args:
        networks: by name, all on one device; each has had a backward pass.

    Raises:
        ValueError: a network holds no gradient of a non-bias parameter.
    """
    measured = {name: layer_gradients(network) for name, network in networks.items()}
    means, maxima = torch.cat([tensor for _, tensor in measured.values()], dim=1).tolist()
    found, start = {}, 0
    for name, (layers, _) in measured.items():
        part = slice(start, start + len(layers))
        found[name] = LayerGradients(layers, tuple(means[part]), tuple(maxima[part]))
        start = part.stop
    return found


@torch.no_grad()
def layer_gradients(network: nn.Module) -> tuple[tuple[str, ...], Tensor]:
    """Labels of the non-bias parameters that have a gradient, and its magnitudes.

    Returns:
        The L labels in the network's order, and a 2×L float tensor on the network's device:
        mean |g|, then max |g|.

    Raises:
        ValueError: there is no such parameter.
    """
    held = {}
    for name, parameter in network.named_parameters():
        path, tensor = _place(name)
        if parameter.grad is not None and not tensor.startswith("bias"):
            held[_label(network, path, tensor)] = parameter.grad
    if not held:
        raise ValueError("the network holds no gradients; run a backward pass first")
    gradients = list(held.values())
    # Norms of order 1 and infinity are the sum and the maximum of |g| without a copy of g.
    sums = torch.stack(torch._foreach_norm(gradients, 1))
    maxima = torch.stack(torch._foreach_norm(gradients, float("inf")))
    counts = torch.tensor([float(gradient.numel()) for gradient in gradients])
    return tuple(held), torch.stack([sums / counts.to(sums.device), maxima])


def _place(name: str) -> tuple[str, str]:
    """The path of the layer that a parameter belongs to, and the parameter's name in it.

    Spectral norm and its like keep ``a.weight`` as ``a.parametrizations.weight.original``.
    """
    path, inside, rest = name.partition(".parametrizations.")
    if inside:
        return path, rest.replace(".original", "")
    path, _, tensor = name.rpartition(".")
    return path, tensor


def _label(network: nn.Module, path: str, tensor: str) -> str:
    kind = type(network.get_submodule(path)).__name__.removeprefix("Parametrized")
    return f"{path}{'' if tensor == 'weight' else f'.{tensor}'} {kind}".strip()


class GradientTable:
    """Magnitudes look by look, kept in the training's journal and written out as CSV.

    Attributes:
        looks: a row of the journal each.
    """

    def __init__(self) -> None:
        self._layers: dict[str, list[str]] = {}
        self.looks: list[dict] = []

    def append(self, step: int, gradients: Mapping[str, LayerGradients]) -> None:
        """Add one look.

        Raises:
            ValueError: a network's layers are not those of the first look.
        """
        for name, found in gradients.items():
            if list(found.layers) != self._layers.setdefault(name, list(found.layers)):
                raise ValueError(f"{name}: layers {found.layers}, before {self._layers[name]}")
        values = {name: [list(found.mean), list(found.max)] for name, found in gradients.items()}
        self.looks.append({"step": step, "values": values})

    def rows(self) -> list[dict]:
        """One row a look, network and layer: step, network, layer, mean, max."""
        return [
            {"step": look["step"], "network": network, "layer": layer, "mean": mean, "max": maximum}
            for look in self.looks
            for network, values in look["values"].items()
            for layer, mean, maximum in zip(self._layers[network], *values, strict=True)
        ]

    def write(self, target: Path) -> None:
        """Write all rows as CSV with a header, atomically.

        Raises:
            ValueError: there has been no look.
        """
        rows = self.rows()
        if not rows:
            raise ValueError(f"{target}: there has been no look at the gradients")
        write_table(target, rows)

    def state_dict(self) -> dict:
        """All that resuming needs beside the looks themselves, in plain values."""
        return {"layers": self._layers, "looks": len(self.looks)}

    def load_state_dict(self, state: dict) -> None:
        """Take up a saved state: later looks are dropped.

        Raises:
            LookupError: a part of it is missing.
            TypeError: a part is of another kind.
            ValueError: a look has not every layer.
        """
        self._layers = dict(state["layers"])
        del self.looks[state["looks"] :]
        # Now, and not when the table is written at the end of a long training.
        self.rows()
