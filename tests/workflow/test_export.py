"""The card of an export: the run's, as long as it is of the very snapshot."""

import yaml

from dcgan_core import cli


def exported(project, name):
    """The header and the text of a hub's card."""
    out = project.root.parent / name
    assert cli.main(["export", str(project.root), "--hub", str(out)]) == 0
    _, header, text = (out / "README.md").read_text().split("---\n", 2)
    return yaml.safe_load(header), text


def test_the_runs_card_goes_with_its_best_snapshot_alone(project):
    header, text = exported(project, "first")
    metrics = header["model-index"][0]["results"][0]["metrics"]
    assert any(metric["type"].startswith("coverage") for metric in metrics)
    assert "## How it was scored" in text
    assert text.count("## Use") == 1
    assert 'load_generator("model.safetensors")' in text
    assert "results/" not in text.partition("## Use")[2]
    (best,) = project.root.glob("results/*/best.safetensors")
    others = sorted(best.parent.glob("snapshots/images_*"))
    other = next(path for path in others if path.read_bytes() != best.read_bytes())
    best.unlink()
    best.write_bytes(other.read_bytes())
    header, text = exported(project, "second")
    assert "model-index" not in header
    assert "No scores are told here" in text
