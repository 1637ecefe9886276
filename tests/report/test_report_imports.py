"""A report is written from files, without the networks' library."""

from loading import modules_loaded_by


def test_a_report_needs_no_torch():
    loaded = modules_loaded_by(
        "dcgan_core.report.summary",
        "dcgan_core.report.figures.fidelity",
        "dcgan_core.report.figures.parzen",
    )
    assert "torch" not in loaded
    assert not {name for name in loaded if name.startswith("dcgan_core.train")}
