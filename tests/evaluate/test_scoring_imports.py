"""Scoring stands alone: of what draws for people, it loads what the sheet of copies needs."""

from loading import modules_loaded_by


def test_scoring_draws_one_sheet_and_no_figures():
    loaded = modules_loaded_by(
        "dcgan_core.evaluate.fidelity_curve", "dcgan_core.evaluate.parzen_curve"
    )
    prefix = "dcgan_core.sample."
    assert {name for name in loaded if name.startswith(prefix)} == {
        f"{prefix}captions",
        f"{prefix}grid",
        f"{prefix}latents",
        f"{prefix}sampler",
    }
    assert not {name for name in loaded if name.startswith(("matplotlib", "dcgan_core.report"))}
