"""Scoring stands alone: nothing that draws for people is loaded by it."""

from loading import modules_loaded_by


def test_scoring_loads_no_code_that_draws():
    loaded = modules_loaded_by(
        "dcgan_core.evaluate.fidelity_curve", "dcgan_core.evaluate.parzen_curve"
    )
    prefix = "dcgan_core.sample."
    assert {name for name in loaded if name.startswith(prefix)} == {
        f"{prefix}latents",
        f"{prefix}sampler",
    }
