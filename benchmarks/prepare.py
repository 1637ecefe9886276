"""The resize stage against torchvision's ImageFolder, interleaved in one run.

    python benchmarks/prepare.py --count 3000 --large 600 --rounds 5

Drawn pictures of 178×218 (JPEG, PNG and WebP, to 64×64) and of 1024×768 (JPEG, to 128×128), whose
spectra fall as those of photographs do. ImageFolder decodes them, Resize(antialias=True),
CenterCrop and ToTensor, in two DataLoader workers; it resizes bilinearly, and checks and keeps
nothing. Ours checks the hash of each file, crops, resizes bicubically, and writes the pack and the
record. All run on two cores, and start their processes within the time that is taken. The figures
to quote are medians of the ratios of neighbouring turns: by the clock on a quiet machine, by
processor seconds, all processes together, on a busy one. How far ours can be ahead depends on the
share of decoding: see what the decoder alone takes.
"""

import argparse
import multiprocessing as mp
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

VARIANTS = ("ImageFolder", "ours")
DRAFT = "ours, draft"
DECODER = "decoder alone"
WORKERS, BATCH = 2, 64
DIFFERENT = 40
"""Pictures drawn; the others of a folder are these, shifted."""


def draw(height: int, width: int, fall: float, generator):
    """A picture whose amplitudes fall with that power of the frequency, uint8 H×W×3."""
    import numpy as np

    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    frequency[0, 0] = 1
    noise = np.fft.rfft2(generator.normal(size=(3, height, width))) * frequency**-fall
    grey, red, blue = np.fft.irfft2(noise, s=(height, width))
    grey, red, blue = (50 * grey / grey.std(), 15 * red / red.std(), 15 * blue / blue.std())
    colours = np.stack([grey + red, grey - (red + blue) / 2, grey + blue], axis=2)
    return (colours + 128).clip(0, 255).astype(np.uint8)


def fill(raw: Path, ending: str, shape: tuple[int, int], count: int, fall: float) -> None:
    """A raw folder of that many pictures, with its manifest."""
    import numpy as np
    from PIL import Image

    from dcgan_core.data import manifest
    from dcgan_core.files import sha256_file

    generator = np.random.default_rng(0)
    drawn = [draw(*shape, fall, generator) for _ in range(min(count, DIFFERENT))]
    # ImageFolder wants classes.
    (raw / "images/all").mkdir(parents=True)
    entries = []
    for number in range(count):
        shifted = np.roll(drawn[number % DIFFERENT], (number, 7 * number), axis=(0, 1))
        name = f"images/all/{number:06d}.{ending}"
        Image.fromarray(shifted).save(raw / name)
        entries.append(manifest.Entry(name, sha256_file(raw / name), "drawn"))
    manifest.write(raw, manifest.Manifest("drawn", "none", "drawn", entries))


def folder_turn(raw: Path, side: int) -> Callable[[], None]:
    """One pass of torchvision's loader."""
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    steps = [transforms.Resize(side, antialias=True), transforms.CenterCrop(side)]
    images = datasets.ImageFolder(
        str(raw / "images"), transforms.Compose([*steps, transforms.ToTensor()])
    )

    # As a user's own script has it: in a process that was spawned, spawning would be the default,
    # and each worker would import torch first.
    options = {"num_workers": WORKERS, "multiprocessing_context": "fork"}

    def turn() -> None:
        for _ in DataLoader(images, batch_size=BATCH, **options):
            pass

    return turn


def our_turn(raw: Path, side: int, draft: bool) -> Callable[[], None]:
    """One run of the resize stage."""
    from dcgan_core.data.resize import resize
    from dcgan_core.params import load_params

    root = Path(__file__).resolve().parents[1]
    params = load_params(root / "params.yaml", {"resize.draft": draft})
    names = [f"{name}{'-draft' * draft}" for name in ("pack.npy", "record.json", "dropped.png")]
    outputs = [raw.parent / name for name in names]
    return lambda: resize(raw, *outputs, (side, side), params.resize, params.clean)


def decode_some(paths: list[Path]) -> None:
    """The decoder that ours uses for ordinary JPEGs, and nothing else."""
    from simplejpeg import decode_jpeg

    for path in paths:
        decode_jpeg(path.read_bytes())


def decoding_turn(raw: Path) -> Callable[[], None]:
    """Decoding alone, in as many processes: no preparation with this decoder can be faster."""
    paths = sorted((raw / "images/all").iterdir())

    def turn() -> None:
        with mp.get_context("fork").Pool(WORKERS) as pool:
            pool.map(decode_some, [paths[start::WORKERS] for start in range(WORKERS)])
            pool.close()
            pool.join()

    return turn


def processor() -> float:
    """Processor seconds of this process and of its children that have ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def worker(variant: str, raw: Path, side: int, pipe) -> None:
    """Give the seconds of one pass, by the clock and of processors, whenever told to."""
    if variant == "ImageFolder":
        turn = folder_turn(raw, side)
    elif variant == DECODER:
        turn = decoding_turn(raw)
    else:
        turn = our_turn(raw, side, variant == DRAFT)
    turn()
    pipe.send("ready")
    while pipe.recv():
        clock, used = time.perf_counter(), processor()
        turn()
        pipe.send((time.perf_counter() - clock, processor() - used))


def difference(raw: Path, side: int, pack_name: str) -> str:
    """How far a pack of ours is from Pillow's own bicubic resampling of what Pillow decodes."""
    import numpy as np
    from PIL import Image

    from dcgan_core.data.pack import Pack
    from dcgan_core.data.resample import crop_box

    apart = []
    with Pack(raw.parent / pack_name) as pack:
        for row, path in enumerate(sorted((raw / "images/all").iterdir())[:200]):
            with Image.open(path) as image:
                box = crop_box((image.height, image.width), (side, side))
                wanted = image.resize((side, side), Image.Resampling.BICUBIC, box)
            apart.append(np.abs(pack.read([row])[0].astype(int) - np.asarray(wanted)))
    return f"{np.mean(apart):.4f} codes of 255 in the mean, {np.max(apart)} at most"


def compare(raw: Path, side: int, count: int, rounds: int, variants: tuple[str, ...]) -> None:
    """Run the turns over one folder and print them."""
    from turns import interleaved

    arguments = dict.fromkeys(variants, (raw, side))
    seconds = interleaved(worker, arguments, rounds)
    packs = {"ours": "pack.npy", DRAFT: "pack.npy-draft"}
    for variant in variants:
        told = []
        for place, name in enumerate(("by the clock", "by processors")):
            taken = [turn[place] for turn in seconds[variant]]
            base = [turn[place] for turn in seconds["ImageFolder"]]
            ratio = statistics.median(a / b for a, b in zip(base, taken, strict=True))
            told.append(f"{name} {count / statistics.median(taken):7.0f} img/s, {ratio:.2f}x")
        print(f"  {variant:13} {'   '.join(told)}")
        if variant in packs:
            print(f"  {'':13} {difference(raw, side, packs[variant])}")


def main() -> None:
    """Make the folders one after the other and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=3000, help="small pictures of each format")
    parser.add_argument("--large", type=int, default=600, help="pictures of 1024x768")
    parser.add_argument(
        "--fall", type=float, default=1.5, help="of amplitudes with the frequency; more is smoother"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["jpg", "png", "webp"], help="one format")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:WORKERS])
    cases = [
        ("jpg", (218, 178), 64, options.count, (*VARIANTS, DECODER)),
        ("jpg", (768, 1024), 128, options.large, (*VARIANTS, DRAFT, DECODER)),
        ("png", (218, 178), 64, options.count, VARIANTS),
        ("webp", (218, 178), 64, options.count, VARIANTS),
    ]
    for ending, shape, side, count, variants in cases:
        if options.only not in (None, ending):
            continue
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "raw"
            fill(raw, ending, shape, count, options.fall)
            size = sum(path.stat().st_size for path in (raw / "images/all").iterdir()) / count
            print(
                f"{count} {ending} of {shape[1]}x{shape[0]}, {size / 1000:.1f} KB each, "
                f"to {side}x{side}"
            )
            compare(raw, side, count, options.rounds, variants)


if __name__ == "__main__":
    main()
