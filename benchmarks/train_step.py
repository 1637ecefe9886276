"""Our training step against a plain tutorial loop, interleaved in one run.

Each variant lives in a process of its own, set up as its user would have it, and the processes
take turns, so that a drift of the machine's speed hits all alike. The figure to quote is the
median of the ratios of neighbouring turns.

    python benchmarks/train_step.py --size 64 --batch 64 --width 64 --rounds 9
"""

import argparse
import itertools
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))


def plain_stepper(size: int, batch: int, width: int):
    """The PyTorch tutorial's loop: NCHW, fp32, Adam, sigmoid and BCE, five reads a step."""
    import torch
    from torch import nn

    halvings = size.bit_length() - 3
    widths = [width * 2**i for i in range(halvings)]
    up = [nn.ConvTranspose2d(100, widths[-1], 4, 1, 0, bias=False), nn.BatchNorm2d(widths[-1])]
    up += [nn.ReLU(True)]
    for wide, narrow in zip(reversed(widths), [*reversed(widths[:-1]), 3], strict=True):
        up += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)]
        up += [nn.Tanh()] if narrow == 3 else [nn.BatchNorm2d(narrow), nn.ReLU(True)]
    down = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True)]
    for narrow, wide in itertools.pairwise(widths):
        down += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide)]
        down += [nn.LeakyReLU(0.2, True)]
    down += [nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False), nn.Sigmoid()]
    generator, discriminator = nn.Sequential(*up), nn.Sequential(*down)
    for module in [*generator.modules(), *discriminator.modules()]:
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)
    criterion = nn.BCELoss()
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def step(real):
        discriminator.zero_grad()
        label = torch.full((batch,), 1.0)
        output = discriminator(real).view(-1)
        loss_real = criterion(output, label)
        loss_real.backward()
        read = [output.mean().item()]
        fake = generator(torch.randn(batch, 100, 1, 1))
        label.fill_(0.0)
        output = discriminator(fake.detach()).view(-1)
        loss_fake = criterion(output, label)
        loss_fake.backward()
        read += [output.mean().item(), (loss_real + loss_fake).item()]
        adam_d.step()
        generator.zero_grad()
        label.fill_(1.0)
        output = discriminator(fake).view(-1)
        loss = criterion(output, label)
        loss.backward()
        read += [loss.item(), output.mean().item()]
        adam_g.step()
        return read

    return step


def our_stepper(size: int, width: int, precision: str):
    """The project's step with the same maths: no penalty, and its EMA as an extra."""
    import torch

    from dcgan_core.device import resolve
    from dcgan_core.nets import build_networks
    from dcgan_core.params import load_params
    from dcgan_core.train.step import Stepper

    params = load_params(
        Path(__file__).resolve().parents[1] / "params.yaml",
        {
            "model.family": "tutorial",
            "model.latent": 100,
            "model.ngf": width,
            "model.ndf": width,
            "model.upsampling": "transposed",
            "train.precision": precision,
            "objective.r1_gamma": 0,
            "train.n_dis": 1,
        },
    )
    device = resolve("cpu")
    networks = build_networks(params, (size, size))
    stepper = Stepper(*networks, params, device, torch.Generator().manual_seed(0))
    return lambda real: stepper.step(lambda: real)


def worker(variant: str, size: int, batch: int, width: int, steps: int, pipe) -> None:
    """Time ``steps`` steps whenever told to."""
    import torch

    if variant == "plain":
        step = plain_stepper(size, batch, width)
    else:
        step = our_stepper(size, width, variant)
    real = torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(1)) * 2 - 1
    if variant != "plain":
        real = real.contiguous(memory_format=torch.channels_last)
    for _ in range(3):
        step(real)
    pipe.send("ready")
    while pipe.recv():
        started = time.perf_counter()
        for _ in range(steps):
            step(real)
        pipe.send(steps * batch / (time.perf_counter() - started))


def main() -> None:
    """Run the turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=64, choices=[32, 64, 128])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--width", type=int, default=64, help="ngf and ndf")
    parser.add_argument("--steps", type=int, default=4, help="steps a turn")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    variants = ["plain", "fp32", "bf16"]
    from turns import interleaved

    shape = (options.size, options.batch, options.width, options.steps)
    rates = interleaved(worker, dict.fromkeys(variants, shape), options.rounds)
    print(
        f"{options.size}x{options.size}, batch {options.batch}, ngf = ndf = {options.width}, "
        f"{options.rounds} rounds of {options.steps} steps"
    )
    for variant in variants:
        ratios = [a / b for a, b in zip(rates[variant], rates["plain"], strict=True)]
        print(
            f"{variant:6} {statistics.median(rates[variant]):7.1f} img/s   "
            f"{statistics.median(ratios):.2f}x the plain loop "
            f"({min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
