"""Trains the networks that read drawn attributes, and measures them on fresh drawings.

    python benchmarks/attribute_reader.py            trains them anew and writes them into the
                                                     package; put the sha256 that it prints
                                                     into evaluate/attribute_reader.py then

Another machine or PyTorch rounds differently and so gives other weights of the same quality.
"""

import argparse
import io
import json
import sys
import time
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from dcgan_core.data.avatar_attributes import ATTRIBUTES, NONE, variants_of
from dcgan_core.data.sources.avatars import definition, draw
from dcgan_core.evaluate.attribute_reader import (
    SHA256,
    SIDE,
    AttributeReader,
    load_attribute_reader,
    read_attributes,
    weights_file,
)
from dcgan_core.evaluate.resizing import resized
from dcgan_core.files import sha256_file

DRAWINGS, STEPS, BATCH, LR = 12_000, 2400, 128, 0.004
UNREADABLE = {"noise": 8, "grey": 8, "smears": 8, "scrambles": 8, "blends": 16}
"""Pictures of each kind in a batch."""
STORED = 96
SIZES = (28, 32, 48, 64, STORED)
# Far from any seed that people are likely to take for images of their own.
TRAINING_SEED, FRESH_SEED = 1_000_003, 2_000_003


def drawing(style: str, text: str) -> tuple[np.ndarray, str]:
    """uint8 96×96×3, and its label."""
    content, label = draw(style, text)
    image = Image.open(io.BytesIO(content)).convert("RGB")
    return np.asarray(image.resize((STORED, STORED), Image.Resampling.BICUBIC)), label


def drawings(style: str, seed: int, count: int) -> tuple[np.ndarray, list[str]]:
    """uint8 N×96×96×3, and their labels."""
    with Pool() as pool:
        texts = [f"{seed}-{index}" for index in range(count)]
        images, labels = zip(*pool.imap(partial(drawing, style), texts, 64), strict=True)
    return np.stack(images), list(labels)


def shares(style: str) -> dict[str, dict[str, float]]:
    """How often the renderer draws each variant of each attribute."""
    found: dict[str, dict[str, float]] = {}
    for name in ATTRIBUTES[style]:
        component = definition(style)["components"][name]
        weights = {key: of.get("weight", 1) for key, of in component["variants"].items()}
        chance, total = component.get("probability", 100) / 100, sum(weights.values())
        found[name] = {key: chance * weight / total for key, weight in weights.items()}
        if chance < 1:
            found[name][NONE] = 1 - chance
    return found


def classes_of(labels: list[str], variants: dict[str, dict[str, float]]) -> np.ndarray:
    """Which variant of each attribute; N×A."""
    order = {name: list(of) for name, of in variants.items()}
    return np.array(
        [[order[name].index(value) for name, value in variants_of(text).items()] for text in labels]
    )


def noise(count: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform noise, fine or coarse, of colours or of grey."""
    grain = int(rng.choice([1, 2, 4, 8, 16]))
    coarse = rng.integers(0, 256, (count, STORED // grain, STORED // grain, 3), np.uint8)
    if rng.random() < 0.5:
        coarse[:] = coarse[..., :1]
    return coarse.repeat(grain, 1).repeat(grain, 2)


def grey(count: int, rng: np.random.Generator) -> np.ndarray:
    """One colour each; a third of them black or white."""
    colours = rng.integers(0, 256, (count, 1, 1, 3), np.uint8)
    colours[: count // 3] = rng.choice([0, 255], (count // 3, 1, 1, 1))
    return np.broadcast_to(colours, (count, STORED, STORED, 3)).copy()


def smears(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Drawings blurred beyond recognition."""
    small = resized(images, *[int(rng.integers(3, 7))] * 2)
    large = F.interpolate(small, (STORED, STORED), mode="bicubic").clamp(0, 255)
    return large.byte().permute(0, 2, 3, 1).numpy()


def scrambles(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Drawings cut into sixteen tiles that are put together in another order."""
    side = STORED // 4
    tiles = images.reshape(-1, 4, side, 4, side, 3).swapaxes(2, 3).reshape(-1, 16, side, side, 3)
    tiles = np.stack([image[rng.permutation(16)] for image in tiles])
    tiles = tiles.reshape(-1, 4, 4, side, side, 3).swapaxes(2, 3)
    return tiles.reshape(-1, STORED, STORED, 3)


def unreadable(kind: str, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many pictures of nothing as there are images."""
    if kind in ("noise", "grey"):
        return {"noise": noise, "grey": grey}[kind](len(images), rng)
    return {"smears": smears, "scrambles": scrambles}[kind](images, rng)


def blends(
    images: np.ndarray, classes: np.ndarray, none_read: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Two drawings faded into each other, of which only what they have in common can be read."""
    share = rng.uniform(0.4, 0.6, (len(images), 1, 1, 1))
    mixed = (share * images + (1 - share) * images[::-1]).astype(np.uint8)
    return mixed, np.where(classes == classes[::-1], classes, none_read)


def softened(images: np.ndarray, rng: np.random.Generator) -> Tensor:
    """The reader's input by way of another size, as the pipeline makes images."""
    size = int(rng.choice(SIZES))
    small = resized(images, size, size).round().byte().permute(0, 2, 3, 1).numpy()
    return resized(small, SIDE, SIDE)


def disturbed(inputs: Tensor, rng: np.random.Generator) -> Tensor:
    """N×3×64×64, half of them as a generator may show them: paler, softer, noisy; half mirrored."""

    def for_each(low: float, high: float) -> Tensor:
        return torch.from_numpy(rng.uniform(low, high, (len(inputs), 1, 1, 1)).astype(np.float32))

    inputs = torch.where(for_each(0, 1) < 0.5, inputs, inputs.flip(3))
    side = int(rng.integers(20, SIDE))
    softer = F.interpolate(inputs, (side, side), mode="bilinear", antialias=True)
    softer = F.interpolate(softer, (SIDE, SIDE), mode="bilinear")
    changed = torch.where(for_each(0, 1) < 0.5, softer, inputs)
    changed = changed * for_each(0.7, 1) + for_each(-25, 25)
    grain = torch.from_numpy(rng.standard_normal(inputs.shape, np.float32))
    changed = (changed + grain * for_each(-25, 25).clamp(min=0)).clamp(0, 255)
    return torch.where(for_each(0, 1) < 0.5, changed, inputs)


def batch(
    images: np.ndarray, classes: np.ndarray, none_read: np.ndarray, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Inputs and classes. All kinds are disturbed alike, or that would tell them apart."""
    chosen = rng.integers(len(images), size=BATCH)
    pixels, wanted = images[chosen].copy(), classes[chosen].copy()
    start = 0
    for kind, count in UNREADABLE.items():
        part = slice(start, start + count)
        if kind == "blends":
            pixels[part], wanted[part] = blends(pixels[part], wanted[part], none_read, rng)
        else:
            pixels[part], wanted[part] = unreadable(kind, pixels[part], rng), none_read
        start += count
    order = rng.permutation(BATCH)
    parts = [softened(part, rng) for part in np.split(pixels[order], 4)]
    return disturbed(torch.cat(parts), rng), torch.from_numpy(wanted[order])


def train(style: str) -> AttributeReader:
    """A new network, which knows nothing of the file in the package."""
    variants = shares(style)
    images, labels = drawings(style, TRAINING_SEED, DRAWINGS)
    classes = classes_of(labels, variants)
    none_read = np.array([len(of) for of in variants.values()])
    torch.manual_seed(0)
    rng = np.random.default_rng(TRAINING_SEED)
    net = AttributeReader(none_read.tolist())
    optimizer = torch.optim.AdamW(net.parameters(), LR)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, STEPS)
    start = time.perf_counter()
    for step in range(STEPS):
        inputs, wanted = batch(images, classes, none_read, rng)
        logits = net(inputs)
        loss = torch.stack(
            [F.cross_entropy(found, wanted[:, at]) for at, found in enumerate(logits)]
        ).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 199:
            seconds = time.perf_counter() - start
            print(f"{style}, step {step + 1}: loss {loss.item():.4f}, {seconds:.0f} s", flush=True)
    return net.eval()


def save(style: str, net: AttributeReader) -> None:
    """Write a network into the package, with what it reads."""
    path = weights_file(style)
    state = {name: value.contiguous() for name, value in net.state_dict().items()}
    save_file(state, path, {"attributes": json.dumps(shares(style))})
    SHA256[style] = sha256_file(path)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB, {SHA256[style]}", flush=True)


def measure(style: str, count: int) -> None:
    """Print how well the network in the package reads."""
    images, labels = drawings(style, FRESH_SEED, count)
    wanted = classes_of(labels, shares(style))
    rng = np.random.default_rng(FRESH_SEED)
    attributes = load_attribute_reader(style)[1]
    for size in (24, 32, 64, STORED):
        small = resized(images, size, size).round().byte().permute(0, 2, 3, 1).numpy()
        found = read_attributes(small, style)
        right = found.legible & (found.variants == wanted)
        each = ", ".join(
            f"{attribute.name} {share:.2%}"
            for attribute, share in zip(attributes, right.mean(axis=0), strict=True)
        )
        print(
            f"{style} {size}x{size}: {each} of {count} right; all {right.all(axis=1).mean():.2%}; "
            f"{found.readable.mean():.2%} readable",
            flush=True,
        )
    for kind in ("noise", "grey", "smears", "scrambles"):
        pictures = [unreadable(kind, part, rng) for part in np.array_split(images, count // 8)]
        held = read_attributes(np.concatenate(pictures), style)
        print(
            f"{style} {kind}: {held.readable.mean():.2%} readable; some attribute in "
            f"{held.legible.any(axis=1).mean():.2%}",
            flush=True,
        )


def main() -> None:
    """Train and measure, or only measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("styles", nargs="*", default=list(ATTRIBUTES), help="by default all")
    parser.add_argument("--measure", action="store_true", help="do not train")
    parser.add_argument("--images", type=int, default=4000, help="measured at each size")
    chosen = parser.parse_args()
    for style in chosen.styles:
        if not chosen.measure:
            save(style, train(style))
        measure(style, chosen.images)


if __name__ == "__main__":
    main()
