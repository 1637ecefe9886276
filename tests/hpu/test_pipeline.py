"""The whole pipeline on the emulated HPU, as a user starts it."""

import csv
import json
import shutil

import pytest
from emulator_process import EAGER, LAZY
from project import Project

from dcgan_core.sample import load_generator

STEPS = 21
STAGES = ("train", "sample", "gif", "parzen", "fidelity")


def run_pipeline(built: Project, emulator, tmp_path, mode: str) -> tuple[Project, dict]:
    """Every stage that uses a device done anew on the HPU, and each one's ledger."""
    project, reports = built.copy(tmp_path / "project"), tmp_path / "reports"
    reports.mkdir()
    for folder in ("16", *(f"keys/{stage}@16" for stage in STAGES)):
        shutil.rmtree(project.root / "results" / folder)
    environment = emulator.environment(mode, HPU_EMULATOR_REPORT=str(reports))
    project.run(
        *["snakemake", "--profile", "hpu"],
        environment=environment,
        timeout=900,
    )
    found = {path.stem.split("-")[0]: json.loads(path.read_text()) for path in reports.iterdir()}
    return project, found


def losses(project: Project) -> list[tuple[float, float]]:
    with (project.root / "results/16/history.csv").open() as stream:
        return [(float(row["loss_d"]), float(row["loss_g"])) for row in csv.DictReader(stream)]


def check_results(project: Project, built: Project, described: str) -> None:
    record = json.loads((project.root / "results/16/run.json").read_text())
    assert record["device"] == described
    assert record["steps"] == STEPS
    for mine, theirs in zip(losses(project), losses(built), strict=True):
        assert mine == pytest.approx(theirs, abs=0.02)
    load_generator(project.root / "results/16/best.safetensors")
    # Where it ran is no part of any key.
    assert "Nothing to be done" in project.snakemake("--dry-run")


def check_ledgers(ledgers: dict) -> None:
    assert {*STAGES, "snakemake"} == set(ledgers)
    for name, ledger in ledgers.items():
        assert ledger["fallback_operations"] == [], name
        assert ledger["items"] == 0, name
    # Snakemake asks whether there is a device and leaves it to its jobs.
    assert ledgers["snakemake"]["peak_memory"] == 0


def test_the_pipeline_in_lazy_mode(built, emulator, tmp_path):
    project, ledgers = run_pipeline(built, emulator, tmp_path, LAZY)
    check_results(project, built, "hpu (EMULATED, lazy)")
    check_ledgers(ledgers)
    training = ledgers["train"]
    # Four a step, and one for each look, preview, row and saved state.
    assert training["graphs"] <= 4 * STEPS + 30
    assert training["compilations"] <= 20
    assert training["longest_graph"] <= 300
    for stage in STAGES[1:]:
        # Each set of images that is scored ends in a batch of its own size.
        assert ledgers[stage]["compilations"] <= (8 if stage == "fidelity" else 4), stage


@pytest.mark.slow
def test_the_pipeline_in_eager_mode(built, emulator, tmp_path):
    project, ledgers = run_pipeline(built, emulator, tmp_path, EAGER)
    check_results(project, built, "hpu (EMULATED, eager)")
    check_ledgers(ledgers)
    assert ledgers["train"]["calls"]["mark_step"] == 0
    assert ledgers["train"]["compilations"] <= 400
    for stage in STAGES[1:]:
        # As in lazy mode, but here each operation of each shape counts.
        assert ledgers[stage]["compilations"] <= (300 if stage == "fidelity" else 150), stage


def test_a_bridge_without_a_gaudi_is_told_in_one_line_and_nothing_is_written(
    built, emulator, tmp_path
):
    project = built.copy(tmp_path / "project")
    project.git("clean", "-fdxq", "results", "data")
    result = project.run(
        *["snakemake", "--profile", "hpu"],
        check=False,
        environment=emulator.environment(LAZY, HPU_EMULATOR_ABSENT="1"),
    )
    told = [
        line for line in (result.stdout + result.stderr).splitlines() if "Using prof" not in line
    ]
    assert result.returncode
    assert len(told) == 1
    assert told[0].startswith("device hpu: habana_frameworks.torch finds no Gaudi")
    assert not (project.root / "results").exists()
