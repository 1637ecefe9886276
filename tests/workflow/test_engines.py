"""The traps between two engines over one set of files."""

import json

from project import Project


def nothing_to_do(project: Project) -> None:
    assert "Nothing to be done" in project.snakemake("--dry-run")
    assert project.pending_in_dvc() == set()


def test_a_snakemake_run_is_complete_for_both(built):
    nothing_to_do(built)
    metrics = json.loads((built.root / "results/metrics.json").read_text())
    assert set(metrics) == {"schema", "16"}
    assert metrics["16"]["fd_efflite0"] > 0
    assert not list(built.root.glob(".dcgan/state/*/*"))


def test_dvc_runs_b_over_snakemakes_a_and_back(project):
    first = (project.root / "results/16/training.gif").read_bytes()
    project.change({"gif.frame_ms": 40})
    project.dvc("repro")
    second = (project.root / "results/16/training.gif").read_bytes()
    assert first != second
    nothing_to_do(project)
    project.change({"gif.frame_ms": 250})
    assert project.pending_in_snakemake() == {"gif@16", "summary"}
    project.snakemake()
    assert (project.root / "results/16/training.gif").read_bytes() == first
    nothing_to_do(project)


def test_an_older_commit_checked_out_needs_nothing(project):
    project.change({"gif.frame_ms": 40})
    project.snakemake()
    project.commit("another gif")
    project.git("checkout", "-q", "HEAD~1")
    project.dvc("checkout")
    nothing_to_do(project)


def test_a_clone_that_pulls_needs_nothing(project, tmp_path):
    project.dvc("push")
    project.git("clone", "-q", ".", str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    clone.dvc("remote", "modify", "--local", "storage", "url", str(storage_of(project)))
    clone.dvc("pull")
    nothing_to_do(clone)


def storage_of(project: Project) -> str:
    lines = (project.root / ".dvc/config.local").read_text().splitlines()
    return next(line.split("=")[1].strip() for line in lines if "url" in line)


def test_an_applied_experiment_needs_nothing(project):
    project.dvc("exp", "run", "-n", "slower", "-S", "gif.frame_ms=40")
    project.git("stash", "-q")
    project.dvc("checkout")
    nothing_to_do(project)
    project.dvc("exp", "apply", "slower")
    assert project.params().gif.frame_ms == 40
    nothing_to_do(project)


def test_a_deleted_output_is_made_again_and_what_shows_it_but_nothing_else(project):
    (project.root / "results/16/training.gif").unlink()
    assert project.pending_in_snakemake() == {"gif@16", "summary"}
    assert "gif@16" in project.pending_in_dvc()


def test_a_command_line_setting_is_refused(project):
    result = project.run("snakemake", "--profile", "cpu", "-n", "--config", "lr=1", check=False)
    assert result.returncode
    assert "params.yaml alone" in result.stdout + result.stderr


def test_absent_devices_are_told_in_one_line_and_nothing_is_written(project):
    for device in ("gpu", "hpu"):
        project.git("clean", "-fdxq", "results", "data")
        result = project.run("snakemake", "--profile", device, check=False)
        message = [x for x in (result.stdout + result.stderr).splitlines() if "Using prof" not in x]
        assert result.returncode
        assert len(message) == 1
        assert message[0].startswith(f"device {device}: ")
        assert "snakemake --profile cpu" in message[0]
        assert not (project.root / "results").exists()
