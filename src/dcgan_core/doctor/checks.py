"""Whether the project runs here: its settings, its interpreters, each device, one real step."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ..errors import UserError

TOOLS = ("python", "snakemake", "dvc")


def settings(root: Path) -> str:
    """What loads.

    Raises:
        UserError: ``params.yaml``, or it under one of the recipes, is not valid.
    """
    from ..params import load_params
    from ..params.recipes import recipe_names

    load_params(root / "params.yaml")
    names = recipe_names(root)
    for name in names:
        load_params(root / "params.yaml", recipe=name)
    return f"params.yaml and {len(names)} recipes load"


def interpreters(root: Path) -> str:
    """Whether the commands that a user types belong to the interpreter that runs this."""
    home = Path(sys.executable).parent
    elsewhere = []
    for tool in TOOLS:
        found = shutil.which(tool)
        if found is None:
            elsewhere.append(f"{tool} is not on the path")
        elif Path(found).parent.resolve() != home.resolve():
            elsewhere.append(f"{tool} is {found}")
    if not elsewhere:
        return f"{', '.join(TOOLS)} are all in {home}"
    remedy = "source .venv/bin/activate" if (root / ".venv").is_dir() else "make run sets .venv up"
    return f"{'; '.join(elsewhere)}, while this is {home}. Remedy: {remedy}"


def devices() -> dict[str, str]:
    """Each device by its profile's name: how it describes itself, or what is missing."""
    from ..device import DEVICES, resolve

    found = {}
    for name in DEVICES:
        try:
            device = resolve(name)
            found[name] = f"{device.describe()}, {_bf16(device)}"
        # A bridge or driver that is there and broken raises what it likes.
        except (UserError, RuntimeError, ImportError, OSError) as error:
            found[name] = f"missing: {str(error).splitlines()[0]}"
    return found


def _bf16(device) -> str:
    import torch

    layer = torch.nn.Linear(8, 8).to(device.device)
    with device.autocast("bf16"):
        dtype = layer(torch.ones(2, 8).to(device.device)).dtype
    return "bf16 autocast works" if dtype == torch.bfloat16 else f"bf16 autocast gives {dtype}"


def one_step(root: Path) -> str:
    """One real training step on the CPU, with the settings and first size of params.yaml.

    Raises:
        UserError: the settings are not valid.
    """
    import time

    import torch

    from ..device import resolve
    from ..nets import build_networks
    from ..params import load_params
    from ..train.step import Stepper

    params = load_params(root / "params.yaml")
    size = params.sizes[0]
    rng = torch.Generator().manual_seed(0)
    generator, discriminator = build_networks(params, size)
    stepper = Stepper(generator, discriminator, params, resolve("cpu"), rng)
    shape = (generator.channels, generator.height, generator.width)
    real = torch.rand(params.train.batch_size, *shape, generator=rng) * 2 - 1
    started = time.perf_counter()
    loss = stepper.step(lambda: real).loss_d.item()
    seconds = time.perf_counter() - started
    return f"one step at size {size}: {seconds:.2f} s, first of its kind, Loss_D {loss:.2f}"
