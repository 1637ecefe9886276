"""Trains the network that reads digits, and measures it on digits that it has not seen.

    python benchmarks/digit_reader.py            trains it anew and writes it into the package;
                                                 then put the sha256 that it prints into
                                                 src/dcgan_core/evaluate/digit_reader.py
    python benchmarks/digit_reader.py --measure  only measures the one in the package

It took 65 seconds of one thread on a busy CPU core. Another machine or PyTorch rounds differently
and so gives other weights of the same quality.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from sklearn.datasets import load_digits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from dcgan_core.data.digit_triples import DRAWN
from dcgan_core.data.sources.digit_glyphs import NUMBERS, SIDE, draw_digit
from dcgan_core.data.sources.digits import draw_image, image_generator
from dcgan_core.evaluate import digit_reader
from dcgan_core.evaluate.digit_reader import DIGITS, WEIGHTS, DigitReader, prepare, read_digits
from dcgan_core.files import sha256_file

STEPS, BATCH, LR = 450, 192, 0.005
UNREADABLE = 0.35
SIZES = (28, 32, 40, 48, 64)
# Far from any seed that people are likely to take for images of their own.
TRAINING_SEED, FRESH_SEED = 1_000_003, 2_000_003


def drawn(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 N×64×64 of those digits."""
    numbers = rng.random((len(digits), NUMBERS)).tolist()
    pairs = zip(digits.tolist(), numbers, strict=True)
    return np.stack([draw_digit(*pair) for pair in pairs])


def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    """N×H×W, smoothed by a Gaussian of that many pixels."""
    reach = max(1, int(3 * sigma))
    weights = torch.exp(-(torch.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    weights /= weights.sum()
    pixels = torch.from_numpy(images.astype(np.float32))[:, None]
    pixels = F.conv2d(pixels, weights.view(1, 1, 1, -1), padding=(0, reach))
    return F.conv2d(pixels, weights.view(1, 1, -1, 1), padding=(reach, 0))[:, 0].numpy()


def noise(count: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform noise, fine or coarse."""
    grain = int(rng.choice([1, 1, 2, 4, 8, 16]))
    side = SIDE // grain
    coarse = rng.random((count, side, side)) * 255 * rng.uniform(0.1, 1, (count, 1, 1))
    return coarse.repeat(grain, 1).repeat(grain, 2)


def grey(count: int, rng: np.random.Generator) -> np.ndarray:
    """One grey level each; a third of them black or white."""
    levels = rng.choice([0.0, 255.0, -1, -1, -1, -1], count)
    levels = np.where(levels < 0, rng.random(count) * 255, levels)
    return np.broadcast_to(levels[:, None, None], (count, SIDE, SIDE)).copy()


def blends(count: int, rng: np.random.Generator) -> np.ndarray:
    """Two different digits faded into each other."""
    first = rng.integers(DIGITS, size=count)
    second = (first + rng.integers(1, DIGITS, size=count)) % DIGITS
    share = rng.uniform(0.4, 0.6, (count, 1, 1))
    return share * drawn(first, rng) + (1 - share) * drawn(second, rng)


def smears(count: int, rng: np.random.Generator) -> np.ndarray:
    """Digits blurred beyond recognition."""
    return blurred(drawn(rng.integers(DIGITS, size=count), rng), rng.uniform(7, 14))


def scrambles(count: int, rng: np.random.Generator) -> np.ndarray:
    """Digits cut into sixteen tiles that are put together in another order."""
    quarter = SIDE // 4
    images = drawn(rng.integers(DIGITS, size=count), rng)
    tiles = images.reshape(count, 4, quarter, 4, quarter).swapaxes(2, 3)
    tiles = rng.permuted(tiles.reshape(count, 16, -1), axis=1)
    tiles = tiles.reshape(count, 4, 4, quarter, quarter).swapaxes(2, 3)
    return tiles.reshape(count, SIDE, SIDE).astype(float)


NOTHING = (noise, grey, blends, smears, scrambles)


def softened(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """uint8 N×64×64 to the reader's input by way of another size, as the pipeline makes images."""
    size = int(rng.choice(SIZES))
    if size != SIDE:
        pixels = F.interpolate(
            images[:, None].float(), (size, size), mode="bicubic", antialias=True
        )
        images = pixels.clamp(0, 255).round().byte()[:, 0]
    return prepare(images[..., None].numpy())


def disturbed(inputs: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Half of N×1×32×32 as a generator may show them: paler, softer, noisy."""

    def for_each(low: float, high: float) -> torch.Tensor:
        return torch.from_numpy(rng.uniform(low, high, (len(inputs), 1, 1, 1)).astype(np.float32))

    softer = torch.from_numpy(blurred(inputs[:, 0].numpy(), rng.uniform(0.3, 0.9)))[:, None]
    changed = torch.where(for_each(0, 1) < 0.5, softer, inputs)
    changed = changed * for_each(0.6, 1) + for_each(-0.1, 0.1).clamp(min=0)
    grain = torch.from_numpy(rng.standard_normal(inputs.shape, np.float32))
    changed = (changed + grain * for_each(-0.1, 0.1).clamp(min=0)).clamp(0, 1)
    return torch.where(for_each(0, 1) < 0.5, changed, inputs)


def batch(rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and classes. Both kinds are disturbed alike, or that would tell them apart."""
    nothing = int(BATCH * UNREADABLE / len(NOTHING))
    digits = rng.integers(DIGITS, size=BATCH - nothing * len(NOTHING))
    images = [drawn(digits, rng), *(make(nothing, rng) for make in NOTHING)]
    classes = np.concatenate([digits, np.full(nothing * len(NOTHING), DIGITS)])
    stacked = torch.from_numpy(np.concatenate(images).round().astype(np.uint8))
    order = torch.from_numpy(rng.permutation(BATCH))
    parts = [softened(part, rng) for part in stacked[order].chunk(4)]
    return disturbed(torch.cat(parts), rng), torch.from_numpy(classes)[order]


def train() -> DigitReader:
    """A new network."""
    torch.manual_seed(0)
    rng = np.random.default_rng(TRAINING_SEED)
    net = DigitReader()
    optimizer = torch.optim.AdamW(net.parameters(), LR)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, STEPS)
    start = time.perf_counter()
    for step in range(STEPS):
        inputs, classes = batch(rng)
        loss = F.cross_entropy(net(inputs), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            seconds = time.perf_counter() - start
            print(f"step {step + 1}: loss {loss.item():.4f}, {seconds:.0f} s", flush=True)
    return net.eval()


def fresh(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Images N×size×size×3 as the pipeline makes them, and their triples."""
    rng = np.random.default_rng(FRESH_SEED)
    triples = rng.choice(DRAWN, count)
    images = [
        draw_image(int(triple), image_generator(FRESH_SEED, index))
        for index, triple in enumerate(triples)
    ]
    if size == SIDE:
        return np.stack(images), triples
    bicubic = Image.Resampling.BICUBIC
    small = [Image.fromarray(image).resize((size, size), bicubic) for image in images]
    return np.stack([np.asarray(image) for image in small]), triples


def measure(count: int) -> None:
    """Print how well the network in the package reads."""
    for size in (16, 24, 32, 64):
        images, triples = fresh(count, size)
        found = read_digits(images)
        right = found.right(triples)
        print(
            f"{size}x{size}: {right.mean():.4%} of {count} images read rightly, all three digits; "
            f"{found.readable.mean():.4%} readable; "
            f"{(found.readable & ~right).mean():.4%} read wrongly"
        )
    rng = np.random.default_rng(FRESH_SEED)
    for make in NOTHING:
        parts = [make(8, rng) for _ in range(count // 8)]
        images = np.concatenate(parts).round().clip(0, 255).astype(np.uint8)
        held = read_digits(np.repeat(images[..., None], 3, axis=3)).readable
        print(f"{make.__name__}: {held.mean():.4%} of {len(images)} held for digits")


def measure_handwriting() -> None:
    """Print how well it reads scikit-learn's 1,797 handwritten digits, 8×8 and made larger."""
    written = load_digits()
    images = []
    for picture in written.images:
        image = Image.new("L", (SIDE, SIDE))
        small = Image.fromarray((picture * 255 / 16).astype(np.uint8))
        image.paste(small.resize((36, 36), Image.Resampling.BICUBIC), (14, 14))
        images.append(np.asarray(image))
    found = read_digits(np.repeat(np.stack(images)[..., None], 3, axis=3))
    right = found.digits[:, 0] == written.target
    print(
        f"handwriting: {right.mean():.1%} of {len(images)} would be read rightly if all were "
        f"read; {found.readable.mean():.1%} readable, {right[found.readable].mean():.1%} of those "
        "rightly"
    )


def main() -> None:
    """Train and measure, or only measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="do not train")
    parser.add_argument("--images", type=int, default=4000, help="measured at each size")
    chosen = parser.parse_args()
    if not chosen.measure:
        net = train()
        save_file({name: value.contiguous() for name, value in net.state_dict().items()}, WEIGHTS)
        print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} KB, {sha256_file(WEIGHTS)}")
        digit_reader.SHA256 = sha256_file(WEIGHTS)
    measure(chosen.images)
    measure_handwriting()


if __name__ == "__main__":
    main()
