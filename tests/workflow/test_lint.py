"""The workflow is clean by the tools of its own engine."""

import subprocess
import sys
from pathlib import Path

from settings import ROOT


def test_snakemake_and_snakefmt_have_nothing_to_say(built):
    assert "good condition" in built.snakemake("--lint")
    snakefmt = Path(sys.executable).parent / "snakefmt"
    result = subprocess.run([snakefmt, "--check", "Snakefile"], cwd=ROOT, capture_output=True)
    assert result.returncode == 0, result.stderr


def test_the_report_of_snakemake_holds_the_results_by_category(built, tmp_path):
    report = tmp_path / "report.html"
    built.snakemake("--report", str(report))
    page = report.read_text()
    categories = (
        "1 What went in",
        "2 How it went",
        "3 What came out",
        "4 How good it is",
        "5 The whole page",
    )
    for words in (*categories, "training.gif", "history.csv", "was trained from a folder"):
        assert words in page, words
