"""Files that hold measured times, and the rest of them."""

import json

from dcgan_core.verify.wall_times import measured_in, without_times


def test_which_files_hold_times():
    assert measured_in("results/64/history.csv") == ("seconds", "img_per_s")
    assert "seconds" in measured_in("results/157x128/run.json")
    assert measured_in("results/summary/card-64.md")
    assert "seconds" in measured_in("results/summary/report.html")
    assert measured_in("results/64/final.safetensors") == ()
    assert measured_in("results/64/snapshots/history.csv.safetensors") == ()


def same(tmp_path, name, first, second):
    contents = []
    for text in (first, second):
        (tmp_path / name).write_text(text)
        contents.append(without_times(tmp_path / name, ("seconds", "img_per_s")))
    return contents[0] == contents[1]


def test_a_table_without_its_times(tmp_path):
    head = "step,seconds,loss_d,img_per_s\n"
    assert same(tmp_path, "h.csv", head + "1,0.5,2,30\n", head + "1,0.7,2,20\n")
    assert not same(tmp_path, "h.csv", head + "1,0.5,2,30\n", head + "1,0.5,3,30\n")
    assert not same(tmp_path, "h.csv", head + "1,0.5,2,30\n", head)


def test_a_record_without_its_times(tmp_path):
    record = {"epochs": 3, "seconds": 1.5, "img_per_s": 2}
    other = json.dumps({**record, "seconds": 9})
    assert same(tmp_path, "run.json", json.dumps(record), other)
    assert not same(tmp_path, "run.json", json.dumps(record), json.dumps({**record, "epochs": 4}))


def test_a_card_without_its_times(tmp_path):
    text = "Trained for {} epochs (192 real images seen) in {} s at {} img/s on cpu (x86_64)"
    assert same(tmp_path, "card-16.md", text.format(3, 9, 21.1), text.format(3, 12, 17.0))
    assert not same(tmp_path, "card-16.md", text.format(3, 9, 21.1), text.format(4, 9, 21.1))


def test_a_page_without_its_times(tmp_path):
    text = '<p>Trained for {} epochs, <span class="measured">in {} s at {} img/s,</span> on cpu</p>'
    assert same(tmp_path, "report.html", text.format(3, 9, 21.1), text.format(3, 12, 17.0))
    assert not same(tmp_path, "report.html", text.format(3, 9, 21.1), text.format(4, 9, 21.1))
