"""Finished runs to compare, made by hand."""

import hashlib
import json
import subprocess

import torch
from nets.models import model
from project import ENVIRONMENT
from report.records import fidelity_record, run_record, write_results

from dcgan_core.nets import build_generator
from dcgan_core.nets.snapshot import SnapshotInfo, save_generator
from dcgan_core.tables import write_table


def write_run(
    results, record=None, settings=None, images="0" * 64, latent=5, seed=0, run=None
) -> None:
    """What a run leaves of one size, below ``results``, and its receipts."""
    folder = results / "16"
    write_results(folder, record or fidelity_record(), run or run_record())
    rows = [
        {
            "images": 8 * epoch,
            **{
                f"{name}{end}": epoch / 10
                for name in ("coverage", "kid")
                for end in ("", "_low", "_high")
            },
        }
        for epoch in (1, 4)
    ]
    write_table(folder / "fidelity.csv", rows)
    rows = [{"step": n, "images": 4 * n, "loss_d": 1.3, "loss_g": 0.7} for n in (1, 2)]
    write_table(folder / "history.csv", rows)
    save_snapshot(folder / "best.safetensors", latent, seed)
    sections = settings or {"train": {"lr": 0.0005}, "model": {"ngf": 32}}
    receipts = results / "receipts"
    receipts.mkdir(exist_ok=True)
    files = {"data/normalized/16/test.npy": images}
    for stage, one in (("train@16", sections), ("normalize@16", {}), ("train@32", {"x": {"y": 1}})):
        record = {"settings": one, "files": files if stage == "normalize@16" else {}}
        (receipts / f"{stage}.json").write_text(json.dumps(record))


def save_snapshot(path, latent, seed) -> None:
    """A tiny generator of 16×16 images."""
    torch.manual_seed(seed)
    settings = model(latent, 2, upsampling="bilinear")
    random = torch.Generator().manual_seed(seed)
    generator = build_generator(16, 16, 3, settings, random).eval()
    info = SnapshotInfo("16", 16, 16, 3, settings.model_dump(), 1, 1, 8, "ema")
    save_generator(path, generator, info)


def git(root, *arguments) -> str:
    """What git says in a folder."""
    command = ["git", *arguments]
    done = subprocess.run(
        command, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit_run(root, message="run") -> str:
    """Move the results below ``root`` into a cache as DVC has it, and commit the lock alone."""
    outs = []
    for path in sorted((root / "results").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            md5 = hashlib.md5(content).hexdigest()
            cached = root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
            cached.parent.mkdir(parents=True, exist_ok=True)
            cached.write_bytes(content)
            outs.append({"path": path.relative_to(root).as_posix(), "md5": md5})
            path.unlink()
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"all": {"outs": outs}}}))
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
        (root / ".gitignore").write_text("results\n.dvc\n")
    git(root, "add", "dvc.lock", ".gitignore")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")
