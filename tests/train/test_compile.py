"""Networks through torch.compile: the same training, names and way to resume."""

import copy

import pytest
import torch
from train.steppers import make_stepper, reals

from dcgan_core.nets.snapshot import SnapshotInfo, load_generator, save_generator

STEPS = 6


def go_on(stepper, until: int) -> torch.Tensor:
    """Loss_D and Loss_G of each step up to ``until``."""
    losses = []
    while stepper.steps < until:
        record = stepper.step(lambda: reals(stepper.steps))
        losses.append([record.loss_d.item(), record.loss_g.item()])
    return torch.tensor(losses)


@pytest.mark.slow
def test_a_compiled_training_is_the_plain_one_and_resumes_exactly(tiny, tmp_path):
    # R1 every second update: compiled and plain updates take turns.
    settings = tiny({"train.compile": True, "objective.penalty_every": 2})
    plain = make_stepper(tiny({"objective.penalty_every": 2}))
    compiled = make_stepper(settings)
    expected, found = go_on(plain, STEPS), go_on(compiled, STEPS)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)

    cut = make_stepper(settings)
    go_on(cut, 3)
    resumed = make_stepper(settings, seed=1)
    resumed.load_state_dict(copy.deepcopy(cut.state_dict()))
    assert torch.equal(go_on(resumed, STEPS), found[3:])
    for mine, theirs in zip(
        resumed.generator.parameters(), compiled.generator.parameters(), strict=True
    ):
        assert torch.equal(mine, theirs)

    generator = compiled.generator
    assert list(generator.state_dict()) == list(plain.generator.state_dict())
    info = SnapshotInfo("16", 16, 16, 3, generator.model.model_dump(), 1, STEPS, 8, "raw")
    save_generator(tmp_path / "g.safetensors", generator, info)
    latents = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        images = load_generator(tmp_path / "g.safetensors")(latents)
        torch.testing.assert_close(images, generator.eval().forward(latents))
