"""Bad input through the real stage scripts: one clear error, nothing half-written."""

import hashlib
import os
import shutil
import subprocess

import numpy as np
import pytest
from flaky import flaky_server
from PIL import Image
from project import ENVIRONMENT, Project

from dcgan_core import stages
from dcgan_core.records import read_json


@pytest.fixture
def project(tmp_path) -> Project:
    """A fresh tiny project that takes its images from the folder ``images`` beside it."""
    project = Project.fresh(tmp_path / "project")
    (tmp_path / "images").mkdir()
    project.change({"download.source": "folder", "download.path": str(tmp_path / "images")})
    return project


def script(project: Project, name: str, *arguments: str) -> subprocess.CompletedProcess:
    return project.run("python", f"workflow/scripts/{name}.py", *arguments, check=False)


def with_mounts(project: Project, command: str) -> subprocess.CompletedProcess:
    """Run a command that mounts something, which goes with it; skip where that may not be done."""
    whole = ["unshare", "--mount", "--map-root-user", "bash", "-c", command]
    result = project.run(*whole, check=False)
    if "unshare" in result.stderr or "mount:" in result.stderr:
        pytest.skip(f"no mount namespaces here: {result.stderr.strip()}")
    return result


def left_behind(project: Project) -> list[str]:
    """Final or temporary names under data and results."""
    found = []
    for folder in ("data/raw", "data/resized", "data/normalized", "results"):
        found += [str(p) for p in (project.root / folder).rglob("*") if p.is_file()]
    return found


def fails_with(result: subprocess.CompletedProcess, *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


def test_an_empty_folder_is_named(project, tmp_path):
    fails_with(script(project, "download"), str(tmp_path / "images"))
    assert left_behind(project) == []


def test_bad_images_get_a_verdict_and_good_ones_go_on(project, tmp_path):
    images, rng = tmp_path / "images", np.random.default_rng(0)
    for index in range(30):
        pixels = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"good{index}.png")
    (images / "corrupt.png").write_bytes((images / "good0.png").read_bytes()[:300])
    (images / "text.jpg").write_text("not a picture")
    Image.new("CMYK", (30, 30), (0, 255, 255, 0)).save(images / "print.jpg")
    Image.fromarray(np.full((30, 30), 40_000, np.uint16)).save(images / "deep.png")
    Image.new("RGBA", (30, 30), (255, 0, 0, 0)).save(images / "clear.png")
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    frames[0].save(images / "moving.gif", save_all=True, append_images=frames[1:])
    assert script(project, "download").returncode == 0
    assert script(project, "resize", "--size", "16").returncode == 0
    record = read_json(project.root / "data/resized/16.json")
    verdicts = {os.path.basename(entry["file"]): entry for entry in record["images"]}
    assert verdicts["corrupt.png"]["verdict"] == verdicts["text.jpg"]["verdict"] == "dropped"
    assert verdicts["corrupt.png"]["reason"]
    assert verdicts["text.jpg"]["reason"]
    pack = np.load(project.root / "data/resized/16.npy")
    expected = {"print.jpg": (255, 0, 0), "clear.png": (255,) * 3, "moving.gif": (255, 0, 0)}
    expected["deep.png"] = (round(40_000 / 257),) * 3
    for name, colour in expected.items():
        assert verdicts[name]["verdict"] == "kept"
        assert np.abs(pack[verdicts[name]["row"]].astype(int) - colour).max() <= 3, name
    assert len(pack) == 34


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"train.lr": "fast"}, ["train.lr = 'fast'", "a number above 0"]),
        ({"sizes": ["7"]}, ['size "7"', "16"]),
        ({"train.epoch": 3}, ["did you mean 'epochs'"]),
    ],
)
def test_wrong_settings_stop_both_engines_with_one_line(project, edit, words):
    project.change(edit)
    for result in (
        script(project, "download"),
        project.run("snakemake", "--profile", "cpu", check=False),
    ):
        lines = [x for x in result.stderr.splitlines() if "Using profiles" not in x]
        assert result.returncode
        assert len(lines) == 1, result.stderr
        assert all(word in lines[0] for word in words)
    assert left_behind(project) == []


def test_a_size_that_is_not_listed_is_told(project):
    fails_with(script(project, "resize", "--size", "48"), 'size "48" is not in sizes')


def test_a_stage_before_its_input_is_told(project):
    fails_with(script(project, "train", "--size", "16"), "train.npy", "not found")
    assert left_behind(project) == []


def test_an_archive_whose_hash_differs_is_told(project, tmp_path):
    archive = tmp_path / "images.zip"
    with Image.new("RGB", (20, 20)) as image:
        image.save(tmp_path / "images" / "a.png")
    shutil.make_archive(str(tmp_path / "images"), "zip", tmp_path / "images")
    project.change(
        {
            "download.source": "archive",
            "download.path": str(archive),
            "download.sha256": "0" * 64,
        }
    )
    fails_with(script(project, "download"), "images.zip", "0" * 64)
    assert left_behind(project) == []


def test_a_download_goes_on_in_the_next_run(project, tmp_path):
    for index in range(20):
        Image.effect_noise((50, 50), 50).save(tmp_path / "images" / f"{index}.png")
    shutil.make_archive(str(tmp_path / "images"), "zip", tmp_path / "images")
    content = (tmp_path / "images.zip").read_bytes()
    with flaky_server() as server:
        server.put("a.zip", content)
        project.change(
            {
                "download.source": "archive",
                "download.url": server.url("a.zip"),
                "download.sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        server.behaviours[:] = ["drop", "missing"]
        first = script(project, "download")
        assert first.returncode == 2
        assert "a.zip could not be fetched (404" in first.stderr.splitlines()[-1]
        assert left_behind(project) == []
        assert script(project, "download").returncode == 0
        half = f"bytes={len(content) // 2}-"
        assert [asked for _, asked in server.asked] == [None, half, half]
    assert (project.root / "data/raw/archive/images/0.png").is_file()
    assert not list((project.root / ".dcgan/downloads").glob("*.part"))


@pytest.mark.parametrize(
    ("stage", "full"),
    [
        ("resize", "data/resized"),
        ("normalize", "data/normalized"),
        ("train", ".dcgan/state"),
        ("train", "results/16"),
    ],
)
def test_a_full_disk_is_told_and_leaves_nothing(built, tmp_path, stage, full):
    """A real file system of too few bytes under the output, in a mount namespace of its own."""
    project = built.copy(tmp_path / "project")
    folder = project.root / full
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = with_mounts(
        project,
        f"mount -t tmpfs -o size=16k none {folder} && "
        f"python workflow/scripts/{stage}.py --size 16; code=$?; "
        f"find {folder} -type f; exit $code",
    )
    assert result.returncode == 2, result.stderr
    assert "no space left" in result.stderr
    assert "Traceback" not in result.stderr
    leftovers = [line for line in result.stdout.splitlines() if line]
    # Snapshots that still fitted are whole files of an unfinished run, for it to go on from.
    assert [path for path in leftovers if full != ".dcgan/state" or ".part" in path] == []
    assert not (project.root / f"results/keys/{stage}@16").exists()


def test_a_relative_log_lies_where_the_command_was_typed(project, tmp_path):
    Image.new("RGB", (30, 30)).save(tmp_path / "images" / "a.png")
    command = ["python", str(project.root / "workflow/scripts/source.py"), "--log", "here.log"]
    environment = {**ENVIRONMENT, "PYTHONPATH": ""}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=60)
    assert (tmp_path / "here.log").is_file()
    assert not (project.root / "here.log").exists()


@pytest.mark.parametrize("name", ["finish", "launch", "common"])
def test_a_script_finds_the_package_whichever_is_imported_first(project, name):
    folder = project.root / "workflow/scripts"
    result = project.run(
        "python", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); import {name}"
    )
    assert result.returncode == 0


@pytest.mark.parametrize("path", ["data/raw/folder", "data"])
def test_own_images_in_a_folder_of_the_program_are_refused_before_anything_runs(project, path):
    images = project.root / "data/raw/folder"
    images.mkdir(parents=True)
    for index in range(11):
        Image.new("RGB", (40, 40), (index, 0, 0)).save(images / f"{index}.png")
    project.change({"download.path": path})
    by_snakemake = project.run("snakemake", "--profile", "cpu", check=False)
    assert by_snakemake.returncode
    assert "would be lost" in by_snakemake.stdout + by_snakemake.stderr
    assert project.run("dvc", "repro", check=False).returncode
    assert len(list(images.glob("*.png"))) == 11
    assert not (project.root / "results").exists()


@pytest.mark.parametrize("how", [["-s", "../Snakefile"], ["-s", "Snakefile", "--directory", "src"]])
def test_snakemake_in_another_folder_is_refused_and_touches_nothing_there(project, how):
    """Its locks there may be another workflow's, which is running."""
    lock = project.root / "src/.snakemake/locks/0.output.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    place = project.root / ("src" if "../Snakefile" in how else ".")
    command = ["snakemake", *how, "--cores", "1"]
    result = subprocess.run(
        command, cwd=place, env=ENVIRONMENT, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 1
    lines = [line for line in result.stderr.splitlines() if "Using" not in line]
    assert lines == [
        f"Run Snakemake in the project's folder, {project.root}, not in {project.root / 'src'}."
    ]
    assert lock.exists()
    assert not (project.root / "src/results").exists()
    assert not (project.root / "src/.dcgan").exists()


@pytest.mark.parametrize("path", ["data/normalized/16", "results/16/samples.png"])
def test_a_result_that_is_a_link_is_refused_before_an_engine_removes_it(project, tmp_path, path):
    big = tmp_path / "big"
    big.mkdir()
    (project.root / path).parent.mkdir(parents=True, exist_ok=True)
    (project.root / path).symlink_to(big)
    by_snakemake = project.run("snakemake", "--profile", "cpu", check=False)
    for result in (by_snakemake, script(project, "source")):
        assert result.returncode
        assert f"{path}: is a link to {big}" in result.stderr.splitlines()[-1]
    assert (project.root / path).is_symlink()
    assert not (project.root / "data/raw").exists()


def test_what_a_killed_stage_left_goes_when_it_begins_again(project):
    """Also of outputs that the next run does not come to."""
    (project.root / "data/raw").mkdir(parents=True)
    part = project.root / "data/raw/.folder.part-7"
    (part / "half").mkdir(parents=True)
    fails_with(script(project, "download"))
    assert not part.exists()


def test_a_folder_in_the_place_of_a_result_is_not_removed(built, tmp_path):
    project = built.copy(tmp_path / "project")
    sheet = project.root / "results/16/samples.png"
    sheet.unlink()
    sheet.mkdir()
    (sheet / "mine.txt").write_text("years of work")
    fails_with(
        script(project, "sample", "--size", "16"), "samples.png", "is a folder", "Move the folder"
    )
    latent = project.root / "results/16/latent/samples.png"
    latent.mkdir(parents=True)
    (latent / "mine.txt").write_text("years of work")
    by_command = project.run(
        *("python", "-m", "dcgan_core", "sample", "--size", "16"),
        environment={"PYTHONPATH": str(project.root / "src")},
        check=False,
    )
    assert by_command.returncode == 1
    assert "is a folder" in by_command.stderr
    for folder in (sheet, latent):
        assert [file.name for file in folder.iterdir()] == ["mine.txt"]


def test_a_folder_of_somebody_else_is_not_replaced_by_a_stage(built, tmp_path):
    project = built.copy(tmp_path / "project")
    folder = project.root / "data/normalized/16"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "mine.txt").write_text("years of work")
    fails_with(script(project, "normalize", "--size", "16"), "data/normalized/16", "mine.txt")
    assert [file.name for file in folder.iterdir()] == ["mine.txt"]


def test_a_project_that_may_not_be_written_is_told_in_one_line(built, tmp_path):
    project = built.copy(tmp_path / "project")
    result = with_mounts(
        project,
        f"mount --bind {project.root} {project.root} && "
        f"mount -o remount,bind,ro {project.root} && cd {project.root} && "
        "python workflow/scripts/sample.py --size 16",
    )
    assert result.returncode == 2, result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "Read-only file system" in result.stderr


def test_every_folder_that_a_stage_wrote_bears_its_mark_and_all_else_are_files(built):
    params = built.params()
    for stage in stages.STAGES.values():
        for name, path in stage.paths(params, "16" if stage.sized else None).items():
            mark = stage.outputs[name].mark
            assert (built.root / path).is_dir() == (mark is not None)
            assert mark is None or (built.root / path / mark).is_file()
