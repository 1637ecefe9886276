"""Twelve AdamW updates, some on one device and the rest on another, against twelve on the CPU."""

import copy

import torch
from emulated import answer
from habana_frameworks.torch.hpex.optimizers import FusedAdamW

from dcgan_core.device import resolve
from dcgan_core.device.base import memory_format
from dcgan_core.errors import UserError
from dcgan_core.train.optim import load_optimizer

BEFORE, AFTER = 5, 7
SETTINGS = {"lr": 0.01, "betas": (0.5, 0.999), "eps": 1e-12, "weight_decay": 0.1}
SHAPES = ((3, 2), (4,), (4, 3, 2, 2))


class Updates:
    """Weights that get the same gradients whichever optimiser uses them."""

    def __init__(self, device: str, build):
        rng = torch.Generator().manual_seed(3)
        drawn = [torch.randn(shape, generator=rng) for shape in SHAPES]
        # Each device with its own layout.
        layout = memory_format(torch.device(device))
        laid = [w.to(device, memory_format=layout if w.dim() == 4 else None) for w in drawn]
        self.weights = [torch.nn.Parameter(weight) for weight in laid]
        self.optimizer = build(self.weights)

    def go(self, first: int, count: int) -> None:
        for step in range(first, first + count):
            rng = torch.Generator().manual_seed(100 + step)
            for weight in self.weights:
                weight.grad = torch.empty_like(weight).copy_(
                    torch.randn(weight.shape, generator=rng)
                )
            self.optimizer.step()

    def take_up(self, other: "Updates") -> None:
        for mine, theirs in zip(self.weights, other.weights, strict=True):
            mine.data.copy_(theirs.detach().cpu())

    def values(self) -> torch.Tensor:
        return torch.cat([weight.detach().cpu().flatten() for weight in self.weights])


def plain(parameters):
    return torch.optim.AdamW(parameters, foreach=False, **SETTINGS)


def on_hpu(parameters):
    return resolve("hpu").optimizer(parameters, **SETTINGS)


def on_cpu(parameters):
    return resolve("cpu", threads=1).optimizer(parameters, **SETTINGS)


def bare(parameters):
    return FusedAdamW(parameters, **SETTINGS)


def distance(begin, there: str, end, here: str, load=load_optimizer) -> float:
    """From twelve plain updates, of five by ``begin`` and seven by ``end``."""
    whole = Updates("cpu", plain)
    whole.go(0, BEFORE + AFTER)
    first, second = Updates(there, begin), Updates(here, end)
    first.go(0, BEFORE)
    second.take_up(first)
    load(second.optimizer, copy.deepcopy(first.optimizer.state_dict()))
    second.go(BEFORE, AFTER)
    return (second.values() - whole.values()).abs().max().item()


def load_bare(optimizer, state) -> None:
    """What a loader that does not know of the counter does."""
    groups = [{**group, "bias_correction": True} for group in state["param_groups"]]
    optimizer.load_state_dict({**state, "param_groups": groups})


def refusal() -> str:
    first, second = Updates("cpu", plain), Updates("hpu", on_hpu)
    first.go(0, 2)
    first.optimizer.state[first.weights[0]]["step"] += 1
    try:
        load_optimizer(second.optimizer, first.optimizer.state_dict())
    except UserError as error:
        return str(error)
    return ""


def implementation() -> list:
    """How the CPU's optimiser is carried out after it took up a state of the HPU's."""
    first, second = Updates("hpu", on_hpu), Updates("cpu", on_cpu)
    first.go(0, 2)
    load_optimizer(second.optimizer, first.optimizer.state_dict())
    group = second.optimizer.param_groups[0]
    return [group["fused"], "bias_correction" in group]


answer(
    {
        "cpu to cpu": distance(plain, "cpu", on_cpu, "cpu"),
        "cpu to hpu": distance(plain, "cpu", on_hpu, "hpu"),
        "hpu to cpu": distance(on_hpu, "hpu", on_cpu, "cpu"),
        "hpu to hpu": distance(on_hpu, "hpu", on_hpu, "hpu"),
        "counter lost": distance(plain, "cpu", bare, "hpu", load_bare),
        "refusal": refusal(),
        "implementation": implementation(),
    }
)
