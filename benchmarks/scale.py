"""The figures that docs/scale.md reckons with: what each part costs per image, and at the edge.

    python benchmarks/scale.py                    all of it, some minutes and 3 GB of disk
    python benchmarks/scale.py order --rows 100000000

Each measurement runs in a process of its own, so that its peak of memory is its alone. Times are
processor seconds, all cores and child processes added up, and rates are images in one of those:
other work on the machine moves them little. "wall" marks the exceptions.
"""

import argparse
import json
import multiprocessing as mp
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

ROW = (64, 64, 3)
ROW_BYTES = 64 * 64 * 3
BATCH = 512


def processor() -> float:
    """Processor seconds of this process and its finished children so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def order(folder: Path, rows: int) -> dict:
    """One epoch's shuffling and some of its batches, over a sparse pack of that many rows.

    The file has holes for pixels, so reading takes no time of a disk: what is left is our own.
    """
    import numpy as np

    from dcgan_core.data.batches import RealBatches
    from dcgan_core.data.pack import PackWriter
    from dcgan_core.device import resolve

    path = folder / "train.npy"
    with PackWriter(path, *ROW, "uint8") as writer:
        writer.count = rows
    os.truncate(path, path.stat().st_size + rows * ROW_BYTES)
    batches = RealBatches(path, BATCH, 0, True, resolve("cpu").device)
    before, started = peak(), processor()
    batches.batch(0, 0)
    first = processor() - started
    started = processor()
    for index in range(1, 65):
        batches.batch(0, index)
    rate = 64 * BATCH / (processor() - started)
    chosen = np.random.default_rng(0).integers(0, rows, (64, BATCH))
    rows_out = np.empty((BATCH, *ROW), np.uint8)
    started = processor()
    for indices in chosen:
        batches.pack.read(indices, rows_out)
    bare = 64 * BATCH / (processor() - started)
    return {
        "file, apparent GB": round(path.stat().st_size / 1e9, 1),
        "file, on disk KB": path.stat().st_blocks * 512 // 1024,
        "epoch's order s": round(first, 2),
        "memory for it MB": round((peak() - before) / 1e6),
        "read alone, img in a processor s": round(bare),
        "read, in [-1,1], mirrored, img in a processor s": round(rate),
    }


def disk(folder: Path, rows: int) -> dict:
    """Random batches out of a real pack whose pages were dropped from memory first."""
    import numpy as np

    from dcgan_core.data.batches import RealBatches
    from dcgan_core.data.pack import PackWriter
    from dcgan_core.device import resolve

    path = folder / "train.npy"
    block = np.random.default_rng(0).integers(0, 256, (4096, *ROW), dtype=np.uint8)
    started = time.perf_counter()  # a disk's time is no processor's
    with PackWriter(path, *ROW, "uint8") as writer:
        for start in range(0, rows, 4096):
            writer.append(block[: min(4096, rows - start)])
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())
        written = time.perf_counter() - started
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        batches = RealBatches(path, BATCH, 0, True, resolve("cpu").device)
        batches.batch(0, len(batches) - 1)
        count = min(40, len(batches))
        rates = {}
        for name in ("cold", "warm"):
            started = time.perf_counter()
            for index in range(count):
                batches.batch(0, index)
            rates[name] = count * BATCH / (time.perf_counter() - started)
    return {
        "pack GB": round(rows * ROW_BYTES / 1e9, 2),
        "written, wall MB/s": round(rows * ROW_BYTES / written / 1e6),
        "random batches from disk, wall img/s": round(rates["cold"]),
        "the same from memory, wall img/s": round(rates["warm"]),
    }


def resize(folder: Path, rows: int) -> dict:
    """The resize stage over synthetic JPEGs of 1024×768, from files to a 64×64 pack."""
    import numpy as np
    from PIL import Image

    from dcgan_core.data import manifest
    from dcgan_core.data.resize import resize as stage
    from dcgan_core.files import sha256_file
    from dcgan_core.params import load_params

    params = load_params(Path(__file__).resolve().parents[1] / "params.yaml")
    raw = folder / "raw"
    raw.mkdir()
    rng = np.random.default_rng(0)
    entries = []
    for number in range(rows):
        coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((1024, 768), Image.Resampling.BICUBIC), np.int16)
        grain = rng.integers(-12, 13, smooth.shape, dtype=np.int16)
        path = raw / f"{number:06d}.jpg"
        Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8)).save(path, quality=85)
        entries.append(manifest.Entry(path.name, sha256_file(path), "drawn"))
    manifest.write(raw, manifest.Manifest("drawn", "none", "drawn", entries))
    size = sum(path.stat().st_size for path in raw.glob("*.jpg")) / rows
    started = processor()
    outputs = [folder / name for name in ("64.npy", "64.json", "64-dropped.png")]
    stage(raw, *outputs, (64, 64), params.resize, params.clean)
    return {
        "KB a JPEG": round(size / 1e3),
        "img in a processor s": round(rows / (processor() - started)),
        "record bytes an image": round(outputs[1].stat().st_size / rows),
    }


def listing(folder: Path, rows: int) -> dict:
    """A manifest of that many files, written and read: what lists in memory cost."""
    from dcgan_core.data import manifest

    entries = [
        manifest.Entry(f"images/{n:09d}.jpg", f"{n:064x}", f"https://example.org/{n}")
        for n in range(rows)
    ]
    started = processor()
    manifest.write(folder, manifest.Manifest("drawn", "none", "drawn", entries))
    written = processor() - started
    del entries
    started = processor()
    manifest.read(folder)
    return {
        "bytes an image": round((folder / manifest.NAME).stat().st_size / rows),
        "write s": round(written, 1),
        "read s": round(processor() - started, 1),
        "peak memory bytes an image": round(peak() / rows),
    }


def versioned(folder: Path, rows: int) -> dict:
    """``dvc add`` of a folder of that many files of 1 KB, and ``dvc status`` after it."""
    found = {}
    many = folder / "many"
    many.mkdir()
    for number in range(rows):
        (many / f"{number:07d}.jpg").write_bytes(os.urandom(1000))
    dvc = shutil.which("dvc") or str(Path(sys.executable).with_name("dvc"))
    for name, command in (
        ("init s", ["init", "--no-scm", "--quiet"]),
        ("add s", ["add", "--quiet", "many"]),
        ("status s", ["status", "--quiet"]),
    ):
        started = processor()
        subprocess.run([dvc, *command], cwd=folder, check=True)
        found[name] = round(processor() - started, 1)
    found["files in the cache"] = sum(
        1 for path in (folder / ".dvc/cache").rglob("*") if path.is_file()
    )
    return {**found, "peak memory of dvc MB": round(peak(resource.RUSAGE_CHILDREN) / 1e6)}


def peak(who: int = resource.RUSAGE_SELF) -> int:
    """Most memory held so far, in bytes."""
    return resource.getrusage(who).ru_maxrss * 1024


MEASUREMENTS = {
    "order": (order, (1_200_000, 100_000_000)),
    "disk": (disk, (160_000,)),
    "resize": (resize, (600,)),
    "listing": (listing, (100_000, 400_000)),
    "versioned": (versioned, (2_000, 8_000)),
}


def measured(name: str, rows: int, pipe) -> None:
    """Run one measurement in this process and send what it found."""
    os.environ.setdefault("DVC_NO_ANALYTICS", "1")
    with tempfile.TemporaryDirectory() as folder:
        found = MEASUREMENTS[name][0](Path(folder), rows)
    pipe.send(found)


def main() -> None:
    """Run what was asked for, and print one line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--rows", type=int, help="images, in place of each one's own numbers")
    options = parser.parse_args()
    context = mp.get_context("spawn")
    for name in options.names or MEASUREMENTS:
        for rows in [options.rows] if options.rows else MEASUREMENTS[name][1]:
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=measured, args=(name, rows, theirs))
            process.start()
            theirs.close()
            print(json.dumps({"measured": name, "images": rows, **ours.recv()}), flush=True)
            process.join()


if __name__ == "__main__":
    main()
