"""``dcgan compare`` on runs made by hand, and on a real experiment."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image
from report.compared import save_snapshot, write_run
from report.pages import Page
from report.records import fidelity_record

from dcgan_core import cli
from dcgan_core.sample import load_generator
from dcgan_core.sample.latents import draw_latents
from dcgan_core.sample.sampler import generate


def better_record():
    record = fidelity_record(new_places=0.5)
    best = record["references"]["this_distribution"]["rows"]["best"]
    best["coverage"] |= {"value": 0.4, "low": 0.38, "high": 0.42}
    record["references"]["new_places"]["n_real"] = 99
    return record


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two folders, ``one`` and ``two``, of which the second is better."""
    write_run(tmp_path / "one/results", fidelity_record(new_places=0.5))
    settings = {"train": {"lr": 0.0002}, "model": {"ngf": 32}}
    write_run(tmp_path / "two/results", better_record(), settings, seed=1)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compare(capsys, *words, code=0):
    assert cli.main(["compare", *words]) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_the_table_has_scores_with_verdicts_and_settings_that_differ(runs, capsys):
    lines = compare(capsys, "one", "two").splitlines()
    assert lines[-1] == "compare.html"
    assert max(map(len, lines)) < 100
    coverage = next(line for line in lines if line.strip().startswith("coverage"))
    assert " ".join(coverage.split()).endswith("0.400 (0.380 to 0.420) better 0.893")
    assert "  train.lr  0.0005  0.0002" in lines
    assert not any("model.ngf" in line for line in lines)
    assert "two is not compared with one: scored by another protocol: real images 99" in " ".join(
        lines
    )


def test_the_page_has_the_records_values_and_asks_for_nothing(runs, capsys):
    compare(capsys, "one", "two", "-o", "out/both.html")
    page = Page((runs / "out/both.html").read_text())
    assert page.faults == page.fetched() == []
    assert not [tag for tag, _ in page.tags if tag == "script"]
    for name, record in (("one", fidelity_record()), ("two", better_record())):
        rows = record["references"]["this_distribution"]["rows"]["best"]
        for metric, values in rows.items():
            shown = page.values[f"16/this_distribution/{metric}/{name}"]
            assert float(shown) == values["value"]
    assert not [name for name in page.values if name.endswith("two") and "new_places" in name]
    verdicts = [a["class"] for tag, a in page.tags if "verdict" in a.get("class", "")]
    assert verdicts == ["verdict undecided"] * 5 + ["verdict better"]
    assert "train.lr 0.0005 0.0002" in page.words
    assert "One place on all sheets is one latent" in page.words
    first = (runs / "out/both.html").read_bytes()
    compare(capsys, "one", "two", "-o", "again.html")
    assert (runs / "again.html").read_bytes() == first


def sheets(page):
    addresses = [a["src"] for tag, a in page.tags if tag == "img" and "best snapshot" in a["alt"]]
    pictures = [base64.b64decode(address.partition(",")[2]) for address in addresses]
    return [np.asarray(Image.open(io.BytesIO(content))) for content in pictures]


def test_samples_are_the_first_of_dcgan_sample_of_each_run(runs, capsys):
    compare(capsys, "one", "two")
    shown = sheets(Page((runs / "compare.html").read_text()))
    assert len(shown) == 2
    for name, sheet in zip(("one", "two"), shown, strict=True):
        generator = load_generator(runs / name / "results/16/best.safetensors")
        images = generate(generator, draw_latents(16, 5, 1))
        assert (sheet[2:18, 2:18] == images[0]).all()
        assert (sheet[-18:-2, -18:-2] == images[15]).all()


def test_latents_of_other_lengths_are_told(runs, capsys):
    save_snapshot(runs / "two/results/16/best.safetensors", 7, 0)
    compare(capsys, "one", "two")
    page = Page((runs / "compare.html").read_text())
    assert "Latents have other lengths (5 and 7)" in page.words
    assert len(sheets(page)) == 2


def test_settings_are_not_made_up_where_there_are_no_receipts(runs, capsys):
    for receipt in (runs / "two/results/receipts").iterdir():
        receipt.unlink()
    printed = compare(capsys, "one", "two")
    assert "two: no receipts, so its settings are not known" in printed
    assert "No setting differs" not in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["one", "one"], "one: is named twice"),
        (["one", "nothing"], "'nothing': no folder with results, no DVC experiment and no git"),
        (["workspace", "one"], "workspace: no results/*/fidelity.json there. Run the pipeline"),
        (["one", "two", "--size", "32"], "one: has no size 32; it has 16"),
        (["one", "two", "--out", "one"], "--out one: is a folder"),
    ],
)
def test_a_users_error_is_one_line(runs, capsys, words, message):
    printed = compare(capsys, *words, code=1)
    assert message in printed
    assert printed.startswith("dcgan: ")
    assert len(printed.splitlines()) == 1
    assert not (runs / "compare.html").exists()


@pytest.mark.slow
def test_an_experiment_of_a_real_project_against_the_commit_before(project):
    project.dvc("exp", "run", "-n", "fast", "-S", "train.lr=1e-3")
    project.git("checkout", "-q", "params.yaml", "dvc.lock")
    project.dvc("checkout")
    environment = {"PYTHONPATH": str(project.root / "src")}
    words = ("python", "-m", "dcgan_core", "compare", "HEAD", "fast", "workspace")
    printed = project.run(*words, environment=environment).stdout
    assert "train.lr  0.0005  0.001  0.0005" in printed
    assert "workspace against HEAD: undecided by coverage" in printed
    page = Page((project.root / "compare.html").read_text())
    assert page.faults == page.fetched() == []
    now = json.loads((project.root / "results/16/fidelity.json").read_text())
    best = now["references"]["this_distribution"]["rows"]["best"]
    for metric, values in best.items():
        for name in ("HEAD", "workspace"):
            shown = page.values[f"16/this_distribution/{metric}/{name}"]
            assert float(shown) == values["value"]
    assert project.git("status", "--porcelain") == ""
