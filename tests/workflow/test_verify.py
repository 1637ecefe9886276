"""dcgan verify finds whatever was changed after a run, names the file and the remedy."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from ruamel.yaml import YAML

from dcgan_core.stages.receipts import checksum
from dcgan_core.verify.faults import merged
from dcgan_core.verify.project import Project
from dcgan_core.verify.results import verify_run

FINAL = "results/16/final.safetensors"
SNAPSHOTS = "results/16/snapshots"
RECEIPT = "results/receipts/train@16.json"
RAW = "data/raw/earth"


def flip(path: Path, at: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def flip_quietly(path: Path) -> None:
    """Another byte, but the same size and the same time stamps."""
    before = path.stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def first_image(root: Path) -> Path:
    return sorted((root / RAW / "images").glob("*.jpg"))[0]


def exchange_with_another_run(root: Path) -> None:
    """What a training with other random numbers would have left: valid, and of the same size."""
    shutil.copyfile(root / SNAPSHOTS / "images_000000056.safetensors", root / FINAL)


def edit_receipt(root: Path) -> None:
    """With its own checksum made right: the key no longer follows from what it says."""
    path = root / RECEIPT
    record = json.loads(path.read_text())
    record["settings"]["train"]["lr"] = 0.1
    content = {name: value for name, value in record.items() if name != "schema"}
    record["checksum"] = checksum(content)
    path.write_text(json.dumps(record, indent=1) + "\n")


def forge(root: Path) -> None:
    """A flipped byte, and a receipt that says it was so from the first."""
    flip(root / FINAL)
    path = root / RECEIPT
    record = json.loads(path.read_text())
    record["outputs"][FINAL] = Project.open(root).scan(FINAL).fingerprint
    content = {name: value for name, value in record.items() if name != "schema"}
    record["checksum"] = checksum(content)
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def rename_key(root: Path) -> None:
    (key,) = (root / "results/keys/train@16").iterdir()
    key.rename(key.with_name("0" * 32))


def edit_lock(root: Path) -> None:
    path, yaml = root / "dvc.lock", YAML()
    lock = yaml.load(path)
    outs = lock["stages"]["train@16"]["outs"]
    next(out for out in outs if out["path"] == FINAL)["md5"] = "0" * 32
    yaml.dump(lock, path)


def edit_manifest(root: Path) -> None:
    path = root / RAW / "manifest.json"
    record = json.loads(path.read_text())
    record["files"][0]["origin"] = "elsewhere"
    path.write_text(json.dumps(record, indent=1) + "\n")


def link(root: Path) -> None:
    path = root / FINAL
    shutil.move(path, root / "elsewhere")
    path.symlink_to(root / "elsewhere")


def swap_best(root: Path) -> None:
    best = root / "results/16/best.safetensors"
    others = sorted((root / SNAPSHOTS).glob("images_*"))
    other = next(path for path in others if path.read_bytes() != best.read_bytes())
    shutil.copyfile(other, best)


@dataclass(frozen=True)
class Tampering:
    """What is done to a finished project, and the files that are to be named, all of them."""

    do: Callable[[Path], object]
    named: tuple[str, ...]
    because: str = ""


TAMPERINGS = {
    "byte flipped": Tampering(lambda root: flip(root / FINAL), (FINAL,), "is not what"),
    "byte appended": Tampering(
        lambda root: (root / FINAL).write_bytes((root / FINAL).read_bytes() + b"x"), (FINAL,)
    ),
    "truncated": Tampering(lambda root: os.truncate(root / FINAL, 100), (FINAL,)),
    "output deleted": Tampering(lambda root: (root / FINAL).unlink(), (FINAL,), "is missing"),
    "output of another run": Tampering(exchange_with_another_run, (FINAL,)),
    "receipt edited": Tampering(
        lambda root: replace(root / RECEIPT, '"lr": 0.0005', '"lr": 0.0006'),
        (RECEIPT,),
        "was edited",
    ),
    "receipt edited, checksum made right": Tampering(edit_receipt, (RECEIPT,), "was edited"),
    "output and receipt forged": Tampering(forge, ("dvc.lock", FINAL), "has md5"),
    "receipt deleted": Tampering(lambda root: (root / RECEIPT).unlink(), (RECEIPT,), "is missing"),
    "receipt of another stage": Tampering(
        lambda root: shutil.copyfile(root / "results/receipts/gif@16.json", root / RECEIPT),
        (RECEIPT,),
        "is the receipt of gif@16",
    ),
    "receipt of another size": Tampering(
        lambda root: replace(root / RECEIPT, '"size": "16"', '"size": "32"'),
        (RECEIPT,),
        "is the receipt of train@32",
    ),
    "key renamed": Tampering(rename_key, ("results/keys/train@16",), "holds 00000000"),
    "second key": Tampering(
        lambda root: (root / "results/keys/train@16" / ("0" * 32)).touch(),
        ("results/keys/train@16",),
    ),
    "settings changed": Tampering(
        lambda root: replace(root / "params.yaml", "lr: 0.0005", "lr: 0.0006"),
        ("params.yaml",),
        "train.lr = 0.0006, was 0.0005",
    ),
    "code changed": Tampering(
        lambda root: replace(root / "src/dcgan_core/sample/gif.py", '"""', '"""Or so. '),
        ("src/dcgan_core/sample/gif.py",),
        "is not the code",
    ),
    "raw image replaced": Tampering(lambda root: flip(first_image(root)), (RAW,)),
    "raw image replaced, same size and times": Tampering(
        lambda root: flip_quietly(first_image(root)), (RAW,), "is not what was written"
    ),
    "dvc.lock edited": Tampering(edit_lock, ("dvc.lock",), FINAL),
    "metrics edited": Tampering(
        lambda root: replace(root / "results/metrics.json", "best_images", "last_images"),
        ("results/metrics.json",),
    ),
    "manifest row edited": Tampering(edit_manifest, (f"{RAW}/manifest.json",)),
    "extra file": Tampering(
        lambda root: (root / SNAPSHOTS / "notes.txt").write_text("x"),
        (f"{SNAPSHOTS}/notes.txt",),
        "did not write",
    ),
    "extra raw image": Tampering(
        lambda root: shutil.copyfile(first_image(root), root / RAW / "images/zzz.jpg"),
        (f"{RAW}/images/zzz.jpg",),
    ),
    "hidden extra file": Tampering(
        lambda root: (root / SNAPSHOTS / ".notes").write_text("x"), (f"{SNAPSHOTS}/.notes",)
    ),
    "renamed in a folder": Tampering(
        lambda root: (root / SNAPSHOTS / "images_000000056.safetensors").rename(
            root / SNAPSHOTS / "images_000000504.safetensors"
        ),
        (f"{SNAPSHOTS}/images_000000056.safetensors",),
        "was renamed to",
    ),
    "link in place of a file": Tampering(link, (FINAL,), "is a link to"),
    "pipe in a folder": Tampering(
        lambda root: os.mkfifo(root / SNAPSHOTS / "pipe"), (f"{SNAPSHOTS}/pipe",), "no regular file"
    ),
    "record of the training edited": Tampering(
        lambda root: replace(root / "results/16/run.json", '"epochs": 3', '"epochs": 9'),
        ("results/16/run.json",),
    ),
    "best swapped for another snapshot": Tampering(swap_best, ("results/16/best.safetensors",)),
}


def faults_of(root: Path):
    results = list(verify_run(Project.open(root)))
    found = merged(fault for each in results for fault in (*each.altered, *each.outdated))
    return results, found


def test_a_finished_run_is_sound(built):
    results, faults = faults_of(built.root)
    assert [fault.line for fault in faults] == []
    assert all(result.sound for result in results)
    assert len(results) == 11


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_tampering_is_found_and_the_file_named(built, tmp_path, kind):
    tampering, root = TAMPERINGS[kind], copied(built, tmp_path / "project")
    tampering.do(root)
    results, faults = faults_of(root)
    lines = [fault.line for fault in faults]
    assert lines
    for line in lines:
        assert line.startswith(tampering.named), line
        assert re.search(r"dvc (checkout|commit)|Delete it|snakemake --profile", line), line
        assert "\n" not in line
    assert any(tampering.because in line for line in lines), lines
    assert not all(result.sound for result in results)


def copied(project, root: Path) -> Path:
    """The project's files, without what neither engine's results need."""
    leave = shutil.ignore_patterns(".git", ".dvc")
    shutil.copytree(project.root, root, symlinks=True, ignore=leave)
    return root


def test_own_files_that_changed_are_found(built, tmp_path):
    root = copied(built, tmp_path / "project")
    replace(root / "params.yaml", "source: earth", "source: folder")
    for index in range(20):
        Image.new("RGB", (20, 20), (12 * index, 9, 9)).save(root / f"data/own/{index}.png")
    for stage in ("source", "download"):
        built.run(sys.executable, str(root / f"workflow/scripts/{stage}.py"))
    (root / "dvc.lock").unlink()
    before = {result.name: result for result in faults_of(root)[0]}
    assert before["source"].sound
    assert before["download"].sound
    # The cache of hashes has seen the file, and is not asked.
    flip_quietly(root / "data/own/0.png")
    after = {result.name: result for result in faults_of(root)[0]}
    assert [fault.file for fault in after["source"].outdated] == ["data/own"]
    assert after["download"].follows == ["source"]


def test_what_follows_a_fault_is_told_without_a_line_of_its_own(built, tmp_path):
    root = copied(built, tmp_path / "project")
    flip(root / "results/16/best.safetensors")
    results, faults = faults_of(root)
    assert len(faults) == 1
    assert {result.name: result.follows for result in results if result.follows} == {
        "sample@16": ["fidelity@16"],
        "explorer@16": ["fidelity@16"],
    }


def verify(project, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "dcgan_core", "verify", *arguments],
        cwd=cwd or project.root,
        env={**project.environment, "PYTHONPATH": str(project.root / "src")},
        capture_output=True,
        text=True,
    )


def test_the_command_says_it_with_its_exit_status(project):
    whole = verify(project)
    assert whole.returncode == 0
    assert "train@16: as written, current" in whole.stdout
    assert "lr 0.0005" in whole.stdout
    assert "all 11 results are as they were written, and current" in whole.stdout
    flip(project.root / FINAL)
    result = verify(project)
    assert result.returncode == 1
    assert "train@16: altered" in result.stdout
    told = result.stderr.splitlines()
    assert told[0].startswith(f"{FINAL}: is not what the train stage wrote")
    assert "dvc checkout --force train@16" in told[0]
    assert len(told) == 2
    # The remedy that the line names; and from another folder than the project's.
    project.dvc("checkout", "--force", "train@16")
    assert verify(project, str(project.root), cwd=project.root.parent).returncode == 0
