"""What each stage, Snakemake and the commands load: no more than they need."""

import os
import re
import subprocess
import sys

import pytest
from loading import modules_written_down
from project import Project
from settings import ROOT

from dcgan_core.stages import STAGES

SLOW_TO_LOAD = {
    "PIL", "dvc", "dvclive", "imagehash", "jinja2", "matplotlib", "numpy", "onnx",
    "onnxruntime", "pandas", "requests", "scipy", "sklearn", "snakemake", "torch", "torchvision",
}  # fmt: skip
NETWORKS = {"PIL", "numpy", "torch"}
FIGURES = {"PIL", "matplotlib", "numpy"}
NEEDED = {
    "source": set(),
    "download": {"PIL", "numpy"},
    "resize": {"PIL", "numpy"},
    "normalize": {"numpy"},
    "train": NETWORKS,
    "gif": NETWORKS,
    "parzen": NETWORKS | FIGURES,
    "fidelity": NETWORKS | FIGURES,
    "sample": NETWORKS,
    "explorer": NETWORKS | {"jinja2"},
    "summary": FIGURES | {"jinja2"},
}
"""Of these, what a stage works with, on the images and with the settings of the tiny run."""


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_loads_what_it_works_with(built: Project, loaded_by_run, stage):
    # With worker processes, where it has any.
    loaded = modules_written_down(loaded_by_run, f"{stage}.py")
    assert SLOW_TO_LOAD & loaded == NEEDED[stage]
    # PyTorch's own optimisers bring its compiler; nothing else is to.
    assert "torch._dynamo" not in loaded or stage == "train"


def test_snakemake_plans_and_records_a_run_without_the_networks_library(
    built: Project, loaded_by_run
):
    planning = modules_written_down(loaded_by_run, "snakemake")
    recording = modules_written_down(loaded_by_run, "finish.py")
    assert "snakemake" in planning
    assert "torch" not in planning | recording


COMMANDS = (
    ["--help"],
    ["--version"],
    ["train", "--help"],
    ["nothing"],
    ["sample", "--rows", "many"],
    ["sample", "--device", "abacus", "README.md"],
    ["film", "absent"],
    ["neighbors", "absent.safetensors"],
    ["init", "absent"],
    ["train", "--device", "abacus"],
    ["doctor", "--accept", "--device", "abacus"],
    ["compare", "absent", "gone"],
    ["recipe", "list"],
    ["recipe", "show", "best-64"],
    ["recipe", "diff", "best-64", "best-32"],
    ["recipe", "use", "absent"],
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_answers_before_it_loads_anything_slow(arguments):
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dcgan_core", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    loaded = set(re.findall(r"^import time:.*\| +(\S+)$", result.stderr, re.MULTILINE))
    assert "dcgan_core.cli" in loaded
    assert "Traceback" not in result.stderr
    assert (SLOW_TO_LOAD | {"pydantic"}) & loaded == set()


def test_dvc_is_told_of_a_whole_run_by_its_file_and_never_of_stages_of_others(project: Project):
    asked = (
        "import sys; sys.path.insert(0, 'workflow/scripts'); import finish;"
        "params = finish.load_params(); names = finish.up_to_date(params);"
        "print(*finish.targets(params, names)); print(*finish.targets(params, names[1:]))"
    )
    whole, part = project.run("python", "-c", asked).stdout.splitlines()
    assert whole == "dvc.yaml"
    assert len(part.split()) == len(STAGES) - 1
    file = project.root / "dvc.yaml"
    own = "stages:\n  own:\n    cmd: touch own\n    outs: [own]\n"
    file.write_text(file.read_text().replace("stages:\n", own))
    assert "own@" not in project.dvc("stage", "list", "--name-only")
    whole = project.run("python", "-c", asked).stdout.splitlines()[0]
    assert len(whole.split()) == len(STAGES)
    assert "own" not in whole.split()
