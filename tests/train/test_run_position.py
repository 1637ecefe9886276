"""Where a run is in its epochs: what it asks for and shows there, cut off or not."""

from contextlib import suppress

import pytest
import torch
from train.test_run import StopAfter

from dcgan_core.device import resolve
from dcgan_core.errors import Interrupted
from dcgan_core.sample.latents import load_fixed_latents
from dcgan_core.train import loop
from dcgan_core.train.loop import train_rounds
from dcgan_core.train.run import Run
from dcgan_core.train.state.checkpoint import load_state, save_state


@pytest.fixture
def start(tiny, pack, tmp_path):
    """A function from settings to a run in the test's own folder that has resumed."""

    def begin(settings: dict | None = None) -> Run:
        run = Run(tiny(settings), "16", resolve("cpu"), pack, tmp_path)
        run.resume()
        return run

    return begin


@pytest.fixture
def previewed(monkeypatch) -> list[tuple[int, torch.Tensor]]:
    """Fills with the images seen and the latents of every preview."""
    seen, write = [], loop.write_preview

    def watched(folder, images, generator, latents):
        seen.append((images, latents.clone()))
        write(folder, images, generator, latents)

    monkeypatch.setattr(loop, "write_preview", watched)
    return seen


def go(run: Run, stop_after: int | None = None) -> int:
    """The steps made until the end, or until a stop is asked for after ``stop_after`` more."""
    before = run.position.step
    with suppress(Interrupted):
        train_rounds(run, False if stop_after is None else StopAfter(stop_after))
    return run.position.step - before


@pytest.mark.parametrize("cuts", [(), (3,), (1, 0, 2)])
def test_every_batch_of_every_epoch_is_asked_for_once_and_in_order(start, cuts):
    asked = []
    for cut in (*cuts, None):
        run = start({"train.n_dis": 2})
        original = run.batches.batch

        def batch(epoch, index, original=original):
            asked.append((epoch, index))
            return original(epoch, index)

        run.batches.batch = batch
        go(run, cut)
    assert run.position.step == 9
    assert asked == [(epoch, index) for epoch in range(3) for index in range(6)]


def test_every_preview_shows_the_fixed_latents(start, previewed, tmp_path):
    go(start(), 7)
    kept = load_state(tmp_path / "state.pt")["fixed_latents"]
    run = start()
    go(run)
    run.finish()
    assert [images for images, _ in previewed] == [48, 96, 144]
    assert all(torch.equal(latents, kept) for _, latents in previewed)
    assert torch.equal(load_fixed_latents(tmp_path / "snapshots"), kept)


def test_a_resumed_run_shows_the_latents_of_its_state(start, previewed, tmp_path):
    go(start(), 7)
    state = load_state(tmp_path / "state.pt")
    other = torch.randn_like(state["fixed_latents"])
    del state["schema"]
    save_state(tmp_path / "state.pt", {**state, "fixed_latents": other})
    run = start()
    go(run)
    run.finish()
    assert [torch.equal(latents, other) for _, latents in previewed] == [False, True, True]
    assert torch.equal(run.guard.latents, other[: len(run.guard.latents)])
    assert torch.equal(load_fixed_latents(tmp_path / "snapshots"), other)


def test_a_run_that_stopped_early_has_ended(start, tmp_path):
    settings = {
        "stabilise.stop_on": "loss",
        "stabilise.patience": 1,
        "train.epochs": 5,
        "train.snapshots": 2,
        "train.log_every": 1,
    }
    run = start(settings)
    observe, seen = run.early.observe, []

    def rising(losses):
        seen.append(losses)
        return observe([float(len(seen))])

    run.early.observe = rising
    go(run)
    assert (run.position.epoch, run.position.step) == (2, 12)
    rows = run.history.rows
    assert seen == [[r["loss_g"] for r in rows if r["epoch"] == epoch] for epoch in (1, 2)]
    assert [len(losses) for losses in seen] == [6, 6]
    kept = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert kept == ["images_000000048.safetensors", "images_000000096.safetensors"]
    again = start(settings)
    assert (again.position.step, go(again)) == (12, 0)
