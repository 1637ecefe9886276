"""Real processes with a gloo group between them, each running one case of this module.

As a script: ``python ranks.py CASE FOLDER ARGUMENTS``, with torchrun's variables in the
environment; the result of rank r is left in FOLDER as ``r.pt``.
"""

import json
import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import torch
from settings import ROOT, TINY

from dcgan_core.device.base import Device
from dcgan_core.device.distributed import World, joined
from dcgan_core.errors import Interrupted, ToldElsewhere, UserError
from dcgan_core.nets.layers import NORMS
from dcgan_core.nets.sync_norm import synchronised
from dcgan_core.params import load_params
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run

CHANNELS = 5


def run_ranks(count: int, case: str, folder: Path, **arguments) -> list:
    """What ``case`` returns on each of ``count`` processes.

    Args:
        folder: becomes theirs.
        arguments: the case's own, in JSON's types.
    """
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in range(count):
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
            "OMP_NUM_THREADS": "1",
            "RANK": str(rank),
            "WORLD_SIZE": str(count),
            "LOCAL_RANK": str(rank),
            "LOCAL_WORLD_SIZE": str(count),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
        command = [sys.executable, __file__, case, str(folder), json.dumps(arguments)]
        started.append(
            subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        )
    said = [process.communicate(timeout=300)[1] for process in started]
    assert [process.returncode for process in started] == [0] * count, "\n".join(said)
    return [torch.load(folder / f"{rank}.pt") for rank in range(count)]


def steps(
    device: Device,
    world: World,
    folder: Path,
    pack: str,
    settings: dict,
    recipe: str = "",
    work: str = "",
    until: int = 20,
) -> dict:
    """A run up to step ``until``: the statistics of its steps, and all weights and buffers.

    Args:
        work: where the first rank keeps the run's state; what is there is taken up.
    """
    small = {name: value for name, value in TINY.items() if not name.startswith("sizes")}
    overrides = {**small, "train.epochs": 10, **settings}
    params = load_params(ROOT / "params.yaml", {**overrides, "sizes": ["16"]}, recipe or None)
    work = Path(work) if work and world.first else folder / f"work{world.rank}"
    run = Run(params, "16", device, Path(pack), work, world)
    run.resume()
    statistics = []
    step = run.stepper.step

    def watched(next_real):
        record = step(next_real)
        statistics.append(torch.stack([*record.statistics().values()]))
        return record

    run.stepper.step = watched
    with suppress(Interrupted, ToldElsewhere):
        train_rounds(run, After(run, until))
    networks = (run.stepper.generator, run.stepper.discriminator, run.stepper.ema.shadow)
    states = [dict(network.state_dict()) for network in networks]
    return {"statistics": torch.stack(statistics), "states": states}


class After:
    """Asks for a stop when a run has made so many steps; of the last rank only."""

    def __init__(self, run: Run, until: int):
        self.run, self.until = run, until

    def __bool__(self) -> bool:
        last = self.run.world.rank == self.run.world.count - 1
        return last and self.run.position.step == self.until


def rollback(device: Device, world: World, folder: Path, pack: str, settings: dict) -> dict:
    """A whole run that is lost and rolled back: how often, where it ended, and its weights."""
    params = load_params(ROOT / "params.yaml", {**TINY, **settings})
    run = Run(params, "16", device, Path(pack), folder / f"work{world.rank}", world)
    train_rounds(run, stop=False)
    networks = (run.stepper.generator, run.stepper.discriminator)
    states = [dict(network.state_dict()) for network in networks]
    kept = sorted(path.name for path in (folder / f"work{world.rank}").iterdir())
    end = {"rollbacks": run.guard.rollbacks, "step": run.position.step, "kept": kept}
    return {"statistics": torch.zeros(1), "states": states, **end}


def ending(
    device: Device, world: World, folder: Path, pack: str, settings: dict, work: str = ""
) -> dict:
    """How a run ends on this rank, if not well, and what it warns of before.

    Args:
        work: where the first rank keeps the run's state; what is there is taken up.
    """
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())
    logging.getLogger("dcgan").addHandler(handler)
    params = load_params(ROOT / "params.yaml", {**TINY, **settings})
    work = Path(work) if work and world.first else folder / f"work{world.rank}"
    run = Run(params, "16", device, Path(pack), work, world)
    try:
        run.resume()
        train_rounds(run, stop=False)
    except (UserError, ToldElsewhere) as error:
        return {"ended": f"{type(error).__name__}: {error}", "said": said}
    return {"ended": "", "said": said}


def words(_device: Device, world: World, _folder: Path) -> list[str]:
    """What this rank hears when one rank fails, in turn: the other at work, the first deciding."""

    def fail(rank: int) -> str:
        if world.rank == rank:
            raise UserError(f"rank {rank} failed")
        return f"rank {world.rank} went on"

    heard = []
    for ask in (
        lambda: world.together(lambda: fail(1)),
        lambda: world.together(lambda: fail(5)),
        lambda: world.decide(lambda: fail(0)),
        lambda: world.decide(lambda: fail(5)),
        lambda: str(world.any(world.rank == 1)),
        lambda: str(world.any(False)),
    ):
        try:
            heard.append(ask())
        except (UserError, ToldElsewhere) as error:
            heard.append(f"{type(error).__name__}: {error}")
    return heard


def norm(device: Device, world: World, folder: Path, kind: str):
    """Everything a norm layer gives for this rank's rows of a batch, up to a second derivative."""
    torch.set_default_dtype(torch.float64)
    layer, maps, weight = norm_inputs(kind)
    if world.count > 1:
        layer, maps = synchronised(layer, world), world.own_rows(maps).clone()
    maps.requires_grad_()
    return norm_outputs(layer, maps, world.own_rows(weight) if world.count > 1 else weight)


def norm_inputs(kind: str) -> tuple[torch.nn.BatchNorm2d, torch.Tensor, torch.Tensor]:
    """A layer with weights of its own, a batch whose halves differ, and weights for a loss."""
    rng = torch.Generator().manual_seed(4)
    (layer,) = NORMS[kind].layers(CHANNELS)
    with torch.no_grad():
        layer.weight.copy_(torch.rand(CHANNELS, generator=rng) + 0.5)
        layer.bias.copy_(torch.randn(CHANNELS, generator=rng))
        # Batch renormalisation is at its widest limits by then; the first channel is beyond them.
        layer.num_batches_tracked.fill_(9000)
        layer.running_mean.copy_(torch.linspace(0, 20, CHANNELS))
        layer.running_var.copy_(torch.linspace(5, 400, CHANNELS))
    maps = torch.randn(8, CHANNELS, 3, 4, generator=rng)
    maps[4:] = maps[4:] * 3 + 20
    return layer, maps, torch.randn(8, CHANNELS, 3, 4, generator=rng)


def norm_outputs(layer, maps, weight) -> dict:
    """Output, running statistics, gradients, and gradients of a squared gradient."""
    out = layer(maps)
    score = (out.sin() * weight).sum()
    (first,) = torch.autograd.grad(score, maps, create_graph=True)
    wanted = (maps, layer.weight, layer.bias)
    penalty = first.square().sum()
    return {
        "out": out.detach(),
        "state": dict(layer.state_dict()),
        "gradients": torch.autograd.grad(score, wanted, retain_graph=True),
        "second": torch.autograd.grad(penalty, wanted),
    }


def main() -> None:
    case, folder, arguments = sys.argv[1:]
    with joined("cpu", threads=1) as (device, world):
        result = globals()[case](device, world, Path(folder), **json.loads(arguments))
    torch.save(result, Path(folder) / f"{os.environ['RANK']}.pt")


if __name__ == "__main__":
    main()
