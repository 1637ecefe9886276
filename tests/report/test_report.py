"""The record, the card and the page of a finished run."""

import json

import pytest
from report.pages import Page

from dcgan_core.sample import load_generator
from dcgan_core.tables import read_table, write_table


def test_the_page_holds_all_its_pictures_and_asks_the_network_for_nothing(built):
    page = Page((built.root / "results/summary/report.html").read_text())
    # Real images, samples twice, two films, two score figures, copies, and every chart.
    pictures = 8 + len(list((built.root / "results/summary").glob("*.png")))
    assert [tag for tag, _ in page.tags].count("img") == pictures >= 11
    assert page.fetched() == page.faults == []
    record = json.loads((built.root / "results/16/fidelity.json").read_text())
    best = record["references"]["this_distribution"]["rows"]["best"]["coverage"]["value"]
    assert float(page.values["16/this_distribution/coverage/best/value"]) == best


def test_the_card_names_data_settings_scores_and_their_protocol(built):
    card = (built.root / "results/summary/card-16.md").read_text()
    for words in (
        "earth",
        "public domain",
        "lr 0.0005",
        "uniform noise",
        "not FID",
        "16 generated",
    ):
        assert words in card, words


def test_the_code_in_the_card_works(built, monkeypatch):
    card = (built.root / "results/summary/card-16.md").read_text()
    code = card.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(built.root)
    names: dict = {}
    exec(code, names)
    assert names["images"].shape == (16, 3, 16, 16)


def test_the_card_says_eval_mode_and_its_code_is_in_it(built, monkeypatch):
    card = (built.root / "results/summary/card-16.md").read_text()
    use = card.split("## Use\n")[1]
    assert "made in eval mode" in use
    monkeypatch.chdir(built.root)
    names: dict = {}
    exec(use.split("```python\n")[1].split("```")[0], names)
    assert not names["generator"].training


def test_metrics_are_those_of_the_best_snapshot(built):
    results = built.root / "results"
    metrics = json.loads((results / "metrics.json").read_text())["16"]
    best = json.loads((results / "16/fidelity.json").read_text())["best"]
    assert metrics["best_images"] == best["images"]
    parzen = {row["images"]: row for row in read_table(results / "16/parzen.csv")}
    assert metrics["log_likelihood"] == parzen[best["images"]]["log_likelihood"]
    assert load_generator(results / "16/best.safetensors").latent_length == 8
    snapshot = results / f"16/snapshots/images_{best['images']:09d}.safetensors"
    assert snapshot.read_bytes() == (results / "16/best.safetensors").read_bytes()


@pytest.mark.parametrize("table", ["fidelity.csv", "parzen.csv"])
def test_every_kept_snapshot_is_scored(built, table):
    folder = built.root / "results/16"
    kept = [int(path.stem[7:]) for path in sorted(folder.glob("snapshots/images_*"))]
    assert len(kept) >= 3
    assert [row["images"] for row in read_table(folder / table)] == kept


def test_controls_give_the_scale(built):
    record = json.loads((built.root / "results/16/fidelity.json").read_text())
    rows = record["references"]["this_distribution"]["rows"]
    assert rows["real"]["kid"]["value"] < rows["noise"]["kid"]["value"] / 3
    assert record["protocol"]["extractor"] == "efficientnet-lite0"
    assert record["references"]["this_distribution"]["n_real"] > 0


def test_a_table_comes_back_as_written(tmp_path):
    rows = [{"epoch": 1, "score": 0.1 + 0.2, "name": "x", "edge": True}, {}]
    rows[1] = {"epoch": 2, "score": float("inf"), "name": "[0,1]", "edge": False}
    write_table(tmp_path / "t.csv", rows)
    back = read_table(tmp_path / "t.csv")
    assert back[0]["epoch"] == 1
    assert back[0]["score"] == pytest.approx(0.3, rel=1e-8)
    assert back[1] == {"epoch": 2, "score": float("inf"), "name": "[0,1]", "edge": "False"}
