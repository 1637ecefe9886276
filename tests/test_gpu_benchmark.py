"""The command that measures a GPU runs to its end here, as it has to where time is short."""

import json
import subprocess
import sys

import pytest
from settings import ROOT


def by_hand(batch: int) -> float:
    """Operations of a step of pytorch/examples' networks at 16×16: 100, 128, 64 maps, and 3.

    A convolution takes 2·16 operations for each pair of maps and each place of the smaller side
    of its 4×4 kernel's stride. A backward pass takes twice that, once of it for weights and once
    for what comes in, which the image and the latents do not need.
    """
    image, deep, head = 2 * 16 * 3 * 64 * 64, 2 * 16 * 64 * 128 * 16, 2 * 16 * 128
    first, second, last = 2 * 16 * 100 * 128, 2 * 16 * 128 * 64 * 16, 2 * 16 * 64 * 3 * 64
    down, up = image + deep + head, first + second + last
    on_real_and_fake = 2 * (3 * down - image)
    of_the_generator = 3 * down + 3 * up - first
    return batch * (on_real_and_fake + of_the_generator)


@pytest.mark.slow
def test_a_gpu_is_measured_by_one_command(tmp_path, environment):
    target = tmp_path / "gpu.json"
    command = [sys.executable, "benchmarks/gpu.py", "--device", "cpu", "--smoke", "--out", target]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(target.read_text())
    assert found["not run"] == []
    assert "passed" in found["tests"]["said"][-1]
    assert set(found["ceilings"]) == {"bf16", "tf32", "fp32", "copy"}
    plain, ours = found["steps tutorial-64 4"]
    assert (plain["execution"], ours["execution"]) == ("eager", "eager")
    assert plain["gflop"] == pytest.approx(by_hand(batch=4) / 1e9, abs=0.006)
    assert all(row["ms"] > 0 and row["kernels"] > 100 for row in (plain, ours))
    assert found["training"]["images"] == 16
    assert found["training"]["kid"] > 0
