"""Where the project is, and settings small enough to run in seconds."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PLAIN = {
    "model.norm_d": "batch",
    "train.ema_decay": 0.995,
    "objective.relativistic": False,
    "objective.r1_gamma": 0.1,
    "objective.r2_gamma": 0,
}
"""The original GAN with an R1 penalty, whatever is shipped: what tests change starts from it."""

TINY = {
    **PLAIN,
    "sizes": ["16"],
    "download.count": 80,
    "model.latent": 8,
    "model.ngf": 4,
    "model.ndf": 4,
    "train.images": 0,
    "train.epochs": 3,
    "train.batch_size": 8,
    "train.snapshots": 100,
    "train.log_every": 2,
    "sample.rows": 2,
    "sample.columns": 3,
    "sample.steps": 2,
    "gif.rows": 2,
    "gif.columns": 2,
    "parzen.centers": 32,
    "parzen.sigma_steps": 4,
    "fidelity.samples": 16,
    "fidelity.neighbors": 2,
}

KEEP_ALL = {
    "min_side": 0,
    "max_aspect": 0,
    "min_contrast": 0,
    "min_entropy": 0,
    "max_entropy": 0,
    "exact_duplicates": False,
    "near_duplicates": 0,
}
"""Cleaning with every check off."""

NETWORKS = ("final.safetensors", "discriminator.safetensors", "best.safetensors")
"""Of one size's results, those that hold one network."""
