"""The page of a run whose files are known, read by the standard library's parser."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image
from report.pages import Page
from report.records import fidelity_record, files_of, run_record, write_project

from dcgan_core.errors import UserError
from dcgan_core.evaluate.metrics import METRICS
from dcgan_core.report.card import model_card
from dcgan_core.report.charts import CHARTS
from dcgan_core.report.glossary import TERMS
from dcgan_core.report.page import report_page
from dcgan_core.report.pictures import montage
from dcgan_core.report.summary import summarise
from dcgan_core.verify.wall_times import without_times

KEYS = {"train": "a4b593b1e9887261b482154d153a2a22", "fidelity": "0" * 32}
HEADINGS = ("What went in", "How it went", "What came out", "How good it is", "How to repeat it")


def make(root, params, sizes=("16",)):
    return report_page(params, [files_of(root, size) for size in sizes], KEYS)


def page_of(tmp_path, tiny, fidelity=None, run=None, changes=None):
    write_project(tmp_path, fidelity=fidelity, run=run)
    return Page(make(tmp_path, tiny(changes)))


def test_it_is_one_file_that_asks_for_nothing_and_nests_well(tmp_path, tiny):
    page = page_of(tmp_path, tiny, fidelity_record(new_places=0.3))
    assert page.faults == []
    assert page.fetched() == []
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "base"}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert len(ids) == len(set(ids))
    inside = {link[1:] for link in links if link.startswith("#")}
    assert inside <= set(ids)
    assert [link for link in links if not link.startswith("#")] == ["../16/explorer.html"]
    assert all(heading in page.text for heading in HEADINGS)


def test_every_picture_is_in_it_and_says_what_it_shows(tmp_path, tiny):
    page = page_of(tmp_path, tiny)
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    # Real images and samples; dropped; three charts; three of what came out; two curves; copies.
    assert len(pictures) == 2 + 1 + 3 + 3 + 2 + 1
    for picture in pictures:
        assert len(picture["alt"].split()) > 2
        head, _, content = picture["src"].partition(",")
        with Image.open(io.BytesIO(base64.b64decode(content))) as image:
            assert head == f"data:image/{image.format.lower()};base64"
            shown = int(picture["width"]) / int(picture["height"])
            assert shown == pytest.approx(image.width / image.height, rel=0.02)


def test_every_value_is_the_records(tmp_path, tiny):
    record = fidelity_record(new_places=0.3)
    page = page_of(tmp_path, tiny, record)
    wanted = {}
    for reference, found in record["references"].items():
        for name in METRICS:
            for row, part in (
                ("best", "value"),
                ("best", "low"),
                ("best", "high"),
                ("real", "value"),
            ):
                value = found["rows"][row][name][part]
                wanted[f"16/{reference}/{name}/{row}/{part}"] = value
    wanted |= {"16/copies/repeated": 0.0125, "16/copies/copied": 0.003}
    wanted |= {"16/parzen/log_likelihood": 42.0, "16/parzen/standard_error": 1.5}
    wanted |= {"16/counts/train": 70, "16/counts/validation": 7, "16/counts/test": 600}
    assert {name: float(value) for name, value in page.values.items()} == wanted


def test_no_distance_stands_without_that_of_real_images(tmp_path, tiny):
    page = page_of(tmp_path, tiny, fidelity_record(new_places=0.3))
    for reference in ("this_distribution", "new_places"):
        assert f"16/{reference}/fd/real/value" in page.values
    assert page.words.count("190.4") == page.words.count("41.3") == 4


def test_every_number_is_explained_where_it_stands_and_in_one_list(tmp_path, tiny):
    page = page_of(tmp_path, tiny)
    titles = {attributes.get("title") for tag, attributes in page.tags if tag == "summary"}
    listed = page.text.partition("What each number means")[2]
    for name, metric in METRICS.items():
        assert metric.meaning in titles, name
        assert metric.meaning in listed, name
        assert metric.meaning.count(".") <= 2
    assert all(meaning in listed for meaning in TERMS.values())


def test_text_of_others_is_text(tmp_path, tiny):
    page = page_of(tmp_path, tiny)
    assert "free <as air>" in page.text
    assert r"https://example.org/\u202eevil<script>" in page.text


def test_what_went_in(tmp_path, tiny):
    words = page_of(tmp_path, tiny).words
    assert "677 images of earth, cut to shape and scaled once to 16 × 16 pixels" in words
    assert "3 images: too small 3" in words
    assert "2 files of the source" in words


@pytest.mark.parametrize(
    ("action", "notes", "words"),
    [
        ("warn", [], "The watch over the training saw nothing go wrong."),
        ("off", [], "Nothing watched over the training"),
        (
            "warn",
            [{"step": 1440, "words": "It collapses.", "advice": "Lower train.lr."}],
            "Step 1,440. It collapses. Lower train.lr.",
        ),
    ],
)
def test_what_the_watch_said(tmp_path, tiny, action, notes, words):
    run = {**run_record(), "watch": notes}
    assert words in page_of(tmp_path, tiny, run=run, changes={"watch.action": action}).words


def test_snapshots_undecided_and_vetoed_are_named(tmp_path, tiny):
    record = fidelity_record()
    record["best"] |= {"undecided": [2000, 3000], "vetoed": {"1000": "repeats itself"}}
    words = page_of(tmp_path, tiny, record).words
    assert "after 2,000 and 3,000 images" in words
    assert "after 1,000 images: repeats itself" in words


def test_parzen_with_groups_and_sigma_at_the_edge(tmp_path, tiny):
    write_project(tmp_path)
    table = tmp_path / "results/16/parzen.csv"
    lines = table.read_text().splitlines()
    names = lines[0].split(",")
    last = dict(zip(names, lines[2].split(","), strict=True)) | {
        "sigma_at_edge": "True",
        "n_groups": "31",
    }
    table.write_text("\n".join([*lines[:2], ",".join(last.values()), ""]))
    words = Page(make(tmp_path, tiny())).words
    assert "1.5 nats over 31 groups of test images; as if each image stood alone 1.25" in words
    assert "Sigma is at the edge of the range tried" in words
    assert "It cannot rank models" in words


MORE = [
    {
        "name": "Spectrum",
        "sentence": "How much fine detail there is.",
        "rows": [
            {
                "metric": "slope",
                "label": "slope",
                "value": 0.21,
                "low": 0.1,
                "high": 0.3,
                "meaning": "One thing.",
            },
            {
                "metric": "peak",
                "label": "peak",
                "value": 3,
                "low": None,
                "real": 2.5,
                "meaning": "Another thing.",
            },
        ],
    }
]


def test_further_groups_of_scores_are_shown_as_they_are(tmp_path, tiny):
    page = page_of(tmp_path, tiny, {**fidelity_record(), "more": MORE})
    assert page.values["16/more/Spectrum/slope"] == "0.21"
    words = page.words
    assert "Spectrum How much fine detail there is." in words
    assert "slope One thing. 0.21 0.1 to 0.3 –" in words
    assert "peak Another thing. 3 2.5" in words
    card = model_card(tiny(), files_of(tmp_path))
    assert "| slope | 0.21 | 0.1 to 0.3 | – | One thing. |" in card


def test_settings_that_are_not_as_shipped(tmp_path, tiny):
    write_project(tmp_path)
    changes = {"train.lr": 0.000025, "objective.relativistic": False}
    words = Page(make(tmp_path, tiny(changes))).words
    assert "train.lr 0.000025 0.0005" in words
    assert "objective.relativistic false true" in words
    assert "model.init" not in words.partition("All settings")[0]
    assert KEYS["train"] in words


def test_the_same_files_give_the_same_bytes_and_times_are_all_in_one_place(tmp_path, tiny):
    write_project(tmp_path)
    path = tmp_path / "report.html"

    def written(run):
        (tmp_path / "results/16/run.json").write_text(json.dumps(run))
        path.write_text(make(tmp_path, tiny()))
        return path.read_text(), without_times(path, ("seconds",))

    first = written(run_record())
    assert written(run_record()) == first
    slower = {**run_record(), "seconds": 99.9, "img_per_s": 0.3, "peak_memory_bytes": None}
    page, plain = written(slower)
    assert page != first[0]
    assert plain == first[1]
    assert written({**slower, "epochs": 5})[1] != plain


def test_the_summary_writes_the_page_with_its_charts_a_card_and_the_metrics(tmp_path, tiny):
    write_project(tmp_path)
    params = tiny()
    assert params.sizes == ["16"]
    summarise(params, tmp_path, tmp_path / "metrics.json", tmp_path / "summary", KEYS)
    names = {path.name for path in (tmp_path / "summary").iterdir()}
    charts = {f"{chart.name}-16.png" for chart in CHARTS}
    assert names == {"report.html", "card-16.md", *charts}
    page = (tmp_path / "summary/report.html").read_text(encoding="utf-8")
    for chart in charts:
        content = (tmp_path / "summary" / chart).read_bytes()
        assert base64.b64encode(content).decode() in page
    assert json.loads((tmp_path / "metrics.json").read_text())["16"]["best_images"] == 32


def test_several_sizes_have_a_section_each_and_a_table_before(tmp_path, tiny):
    write_project(tmp_path, "16")
    record = fidelity_record(new_places=0.3)
    record["best"]["images"] = 8
    write_project(tmp_path, "32", record)
    page = Page(make(tmp_path, tiny(), ["16", "32"]))
    assert page.faults == []
    before = page.words.partition("Size 16 What went in")[0]
    assert "Scores of different sizes do not compare" in before
    assert "32 8 0.199 0.162 to 0.247 22 % 190.4 184.7 to 196.1 41.3" in before
    assert {"16/this_distribution/fd/best/value", "32/new_places/kid/best/low"} < set(page.values)


def test_a_picture_that_is_none_is_named(tmp_path, tiny):
    write_project(tmp_path)
    (tmp_path / "results/16/copies.png").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"copies\.png: not a picture.*Delete it"):
        make(tmp_path, tiny())
    (tmp_path / "results/16/copies.png").unlink()
    with pytest.raises(UserError, match=r"copies\.png: not a picture.*No such file"):
        make(tmp_path, tiny())


@pytest.mark.parametrize("channels", [1, 3])
def test_real_images_are_laid_out_row_by_row(channels):
    images = np.arange(5 * 4 * 3 * channels, dtype=np.uint8).reshape(5, 4, 3, channels)
    laid = montage(images, 2, 3)
    assert laid.shape == (2 * 6 + 2, 3 * 5 + 2, channels)
    for place, image in enumerate(images):
        top, left = 2 + place // 3 * 6, 2 + place % 3 * 5
        assert (laid[top : top + 4, left : left + 3] == image).all()
    assert (laid[8:12, 12:15] == 255).all()
