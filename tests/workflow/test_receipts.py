"""What is called up to date is what its stage wrote, in both engines."""

import signal
import subprocess
import time

import pytest
from project import ENVIRONMENT, jobs_listed

from dcgan_core import stages
from dcgan_core.data.fingerprint import fingerprint


def damage(project, path: str) -> None:
    with open(project.root / path, "ab") as stream:
        stream.write(b"x")


def refused(project, *arguments: str) -> str:
    result = project.run("snakemake", "--profile", "cpu", *arguments, check=False)
    assert result.returncode, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_a_damaged_output_is_found_and_never_recorded_as_good(project):
    """A setting of another stage is changed, so that there is a run to end well."""
    damage(project, "results/16/final.safetensors")
    project.change({"gif.frame_ms": 40})
    lock = (project.root / "dvc.lock").read_bytes()
    said = refused(project)
    assert "results/16/final.safetensors: is not what the train stage wrote" in said
    assert "Traceback" not in said
    assert (project.root / "dvc.lock").read_bytes() == lock
    assert "train@16" in project.pending_in_dvc()
    # The remedy that the message names.
    project.dvc("checkout", "--force", "train@16")
    project.snakemake()
    assert project.pending_in_dvc() == set()


@pytest.mark.parametrize(
    "path", ["results/16/snapshots/images_000000056.safetensors", "data/raw/earth/x"]
)
def test_a_damaged_folder_is_found(project, path):
    damage(project, path)
    assert "is not what the" in refused(project, "--dry-run")


def test_a_stage_refuses_inputs_that_are_not_what_was_written(project):
    damage(project, "results/16/best.safetensors")
    result = project.run("python", "workflow/scripts/sample.py", "--size", "16", check=False)
    assert result.returncode == 2
    assert "results/16/best.safetensors: is not what the fidelity stage wrote" in result.stderr
    assert (project.root / "results/16/samples.png").exists()


def test_a_stage_that_runs_again_takes_its_followers_along(project):
    """A training again may come to other bits, on other threads for example."""
    (project.root / "results/16/final.safetensors").unlink()
    followers = {f"{name}@16" for name in ("gif", "parzen", "fidelity", "sample", "explorer")}
    assert project.pending_in_snakemake() == {"train@16", "summary"} | followers


def test_what_was_built_on_other_bits_is_made_again(project):
    """The key is the same; only what the scoring wrote is another."""
    best = project.root / "results/16/best.safetensors"
    receipt = project.root / "results/receipts/fidelity@16.json"
    other = best.read_bytes().replace(b"}", b"} ", 1)
    text = receipt.read_text()
    best.write_bytes(other)
    assert "is not what the fidelity stage wrote" in refused(project, "--dry-run")
    before = text.split('"results/16/best.safetensors": "')[1][:64]
    receipt.write_text(text.replace(before, fingerprint(best)))
    assert "sample@16" in project.pending_in_snakemake()
    assert "gif@16" not in project.pending_in_snakemake()


def test_a_file_asked_for_by_name_is_made_anew_when_its_key_is_not_current(project):
    project.change({"sample.seed": 9})
    assert jobs_listed(project.snakemake("--dry-run", "results/16/samples.png")) == {"sample@16"}
    project.change({"sample.seed": 1})
    assert "Nothing to be done" in project.snakemake("--dry-run", "results/16/samples.png")
    project.change({"gif.frame_ms": 40})
    jobs = jobs_listed(project.snakemake("--dry-run", "results/metrics.json"))
    assert jobs == {"gif@16", "summary"}


def test_settings_put_back_need_no_run(project):
    project.change({"train.lr": 0.001})
    assert "train@16" in project.pending_in_snakemake()
    project.change({"train.lr": 0.0005})
    assert project.pending_in_snakemake() == set()


def test_settings_that_change_after_the_start_are_refused_by_the_next_stage(project):
    key = stages.stage_keys(project.params(), project.root)["gif"]
    project.change({"gif.frame_ms": 40})
    before = (project.root / "results/16/training.gif").read_bytes()
    command = ("python", "workflow/scripts/gif.py", "--size", "16", "--key", key)
    result = project.run(*command, check=False)
    assert result.returncode == 2
    assert "params.yaml or the code was changed" in result.stderr
    assert (project.root / "results/16/training.gif").read_bytes() == before


@pytest.mark.parametrize("engine", [["snakemake", "--profile", "cpu"], ["dvc", "repro"]])
def test_a_training_keeps_the_settings_it_began_with(project, engine):
    project.change({"train.epochs": 60, "train.snapshots": 2})
    process = subprocess.Popen(
        engine, cwd=project.root, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while not list(project.root.glob(".dcgan/state/train@16/*/previews/*.png")):
        assert process.poll() is None
        time.sleep(0.05)
    began = stages.stage_keys(project.params(), project.root)["train"]
    project.change({"train.lr": 0.001})
    _, said = process.communicate(timeout=300)
    assert process.returncode
    assert b"was changed while this was running" in said
    assert stages.signed(stages.STAGES["train"], "16", began, project.root)
    assert len(list((project.root / "results/16/snapshots").glob("images_*"))) > 1
    # Back to what it ran with, nothing of it is lost; and with the new ones it runs anew.
    assert "train@16" in project.pending_in_snakemake()
    project.change({"train.lr": 0.0005})
    assert "train@16" not in project.pending_in_snakemake()


@pytest.mark.parametrize("remembered", [True, False])
def test_a_lock_file_that_was_cut_short_is_put_right_by_the_same_command(project, remembered):
    lock = project.root / "dvc.lock"
    content = lock.read_bytes()
    lock.write_bytes(content[: content.rindex(b"md5:") + 2])
    if not remembered:
        (project.root / ".dcgan/dvc.lock").unlink()
    assert project.run("dvc", "repro", check=False).returncode
    said = project.snakemake()
    assert "dvc.lock: was cut short or damaged" in said
    assert "Nothing to be done" in said
    assert project.pending_in_dvc() == set()
    assert list(project.root.glob(".dcgan/dvc.lock.damaged-*"))
    if remembered:
        assert lock.read_bytes() == content


def test_a_dvc_killed_in_the_middle_of_its_lock_file_goes_on_by_the_same_command(project):
    project.change({"gif.frame_ms": 40})
    process = subprocess.Popen(["dvc", "repro"], cwd=project.root, env=ENVIRONMENT)
    copy = project.root / ".dcgan/dvc.lock"
    copy.unlink()
    while not copy.exists() and process.poll() is None:
        time.sleep(0.01)
    # Stopped first, so that the file is cut at the moment of the kill.
    process.send_signal(signal.SIGSTOP)
    lock = project.root / "dvc.lock"
    content = lock.read_bytes()
    lock.write_bytes(content[: content.rindex(b"md5:") + 2])
    process.kill()
    process.wait()
    project.dvc("repro")
    assert project.pending_in_dvc() == set()
    assert "Nothing to be done" in project.snakemake("--dry-run")
    assert list(project.root.glob(".dcgan/dvc.lock.damaged-*"))
    assert not list(project.root.glob(".dcgan/turns/dvc-*"))


def test_what_dvc_answers_is_shown(project):
    (project.root / ".dvc/config").write_text(
        "[core]\n    remote = nowhere\n[unknown]\n    x = 1\n"
    )
    project.change({"gif.frame_ms": 40})
    said = project.snakemake()
    assert "DVC did not record this run" in said
    assert "unknown" in said or "configuration" in said
