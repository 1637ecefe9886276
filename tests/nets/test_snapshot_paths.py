"""The snapshots of a run, as training left them."""

import pytest

from dcgan_core.errors import UserError
from dcgan_core.nets.snapshot_paths import snapshot_paths


def test_snapshots_come_in_training_order_and_nothing_else_does(tmp_path):
    names = [
        f"images_{seen:09d}.safetensors" for seen in (1, 20, 999_999_999, 1_000_000_000, 10**10)
    ]
    for name in [*reversed(names), "fixed_latents.safetensors", "images_000000001.png"]:
        (tmp_path / name).touch()
    assert [path.name for path in snapshot_paths(tmp_path)] == names


def test_a_run_without_snapshots_is_refused_by_name(tmp_path):
    with pytest.raises(UserError, match=f"{tmp_path.name}: no snapshots"):
        snapshot_paths(tmp_path)
