"""The same settings give the same bytes from either engine."""

from project import Project
from settings import NETWORKS


def test_snakemake_and_dvc_agree_to_the_byte(built: Project, tmp_path):
    other = Project.fresh(tmp_path / "project")
    other.dvc("repro")
    for name in (*NETWORKS, "fidelity.csv", "parzen.csv"):
        ours, theirs = (p.root / "results/16" / name for p in (built, other))
        assert ours.read_bytes() == theirs.read_bytes(), name
    assert (built.root / "results/metrics.json").read_bytes() == (
        other.root / "results/metrics.json"
    ).read_bytes()
    assert "Nothing to be done" in other.snakemake("--dry-run")
