"""The data path never holds the data set: 200,000 images of 64×64 in a small process."""

import subprocess
import sys
from pathlib import Path

import pytest
from settings import ROOT

COUNT = 200_000

MAKE = """
import sys, numpy as np
from dcgan_core.data.pack import PackWriter
rng = np.random.default_rng(0)
block = rng.integers(0, 256, (1000, 64, 64, 3), dtype=np.uint8)
with PackWriter(sys.argv[1], 64, 64, 3, "uint8") as writer:
    for index in range(int(sys.argv[2]) // 1000):
        writer.append(np.roll(block, index, axis=2))
"""

READ = """
import sys, torch
from dcgan_core.data.batches import RealBatches
source = RealBatches(sys.argv[1], 256, 0, True, torch.device("cpu"))
total = 0
for index in range(len(source)):
    total += len(source.batch(0, index))
assert total == len(source) * 256
"""

# Not getrusage: its maximum counts the tests' own process, which this one was forked from.
STATUS = Path("/proc/self/status")
PEAK = """
for line in open("/proc/self/status"):
    if line.startswith("VmHWM:"):
        print(int(line.split()[1]) * 1024)
"""


def peak_memory(code: str, *arguments: str) -> int:
    """Bytes the process held at most; started anew, so that nothing of this one counts."""
    result = subprocess.run(
        [sys.executable, "-c", code + PEAK, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )
    return int(result.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="needs Linux's /proc")
def test_200000_images_are_written_split_and_read_in_little_memory(tmp_path: Path):
    pack = tmp_path / "train.npy"
    assert peak_memory(MAKE, str(pack), str(COUNT)) < 300 * 2**20
    assert pack.stat().st_size > COUNT * 64 * 64 * 3
    assert peak_memory(READ, str(pack)) < 1.5e9
