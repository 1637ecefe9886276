"""Rows come back as they stood at the saved state, whatever came after it."""

import itertools
import json
import os
import random
import resource
import signal

import pytest

from dcgan_core.errors import UserError
from dcgan_core.train.outputs.journal import Journal


def rows(*steps, branch=0):
    return [{"step": step, "value": step + branch / 3, "bad": float("inf")} for step in steps]


def test_rows_of_all_tables_come_back_with_every_bit(tmp_path):
    journal, tables = Journal(tmp_path / "rows"), {"a": rows(1, 2), "b": rows(2)}
    journal.save(tables)
    tables["a"] += [{"step": 3, "value": 0.1 + 0.2, "bad": float("-inf")}]
    state = json.loads(json.dumps(journal.save(tables)))
    assert Journal(tmp_path / "rows").load(state) == tables


def test_only_new_rows_are_written(tmp_path):
    journal, tables = Journal(tmp_path / "rows"), {"a": []}
    assert journal.save(tables) == {"end": 0, "counts": {"a": 0}}
    assert not (tmp_path / "rows").exists()
    sizes = []
    for step in range(1, 100):
        tables["a"] += rows(step)
        before = (tmp_path / "rows").read_bytes() if sizes else b""
        sizes.append(journal.save(tables)["end"])
        assert (tmp_path / "rows").read_bytes().startswith(before)
    grown = [after - before for before, after in itertools.pairwise(sizes)]
    assert max(grown) < 80


@pytest.mark.parametrize("torn", [b"", b'["a", {"st', b'["a", {"step": 2}]\n["b"', b"\0" * 50])
def test_what_lies_behind_the_saved_end_is_written_over(tmp_path, torn):
    path = tmp_path / "rows"
    state = Journal(path).save({"a": rows(1)})
    with path.open("ab") as stream:
        stream.write(torn)
    journal = Journal(path)
    tables = journal.load(state)
    assert tables == {"a": rows(1)}
    tables["a"] += rows(2)
    state = journal.save(tables)
    assert path.stat().st_size == state["end"]
    assert Journal(path).load(state) == {"a": rows(1, 2)}


def test_a_training_that_goes_back_and_is_killed_anywhere_has_the_rows_of_its_state(tmp_path):
    """A model of it: lists in memory, and each saved state with what the lists were then."""
    rng = random.Random(0)
    for attempt in range(40):
        path = tmp_path / str(attempt)
        journal, tables, step = Journal(path), {"a": [], "b": []}, 0
        saved = journal.save(tables), {"a": [], "b": []}, 0
        for branch in range(60):
            happens = rng.choice(["step"] * 4 + ["save", "back", "kill"])
            if happens == "step":
                step += 1
                tables["a"] += rows(step, branch=branch)
                if step % 3 == 0:
                    tables["b"] += rows(step, branch=branch)
            elif happens == "save":
                saved = journal.save(tables), {k: list(v) for k, v in tables.items()}, step
            elif happens == "back":
                step = rng.randint(0, step)
                for table in tables.values():
                    table[:] = [row for row in table if row["step"] <= step]
                journal.cut(tables)
            else:
                if rng.random() < 0.5:
                    # Killed between saving the rows and the state.
                    journal.save(tables)
                journal = Journal(path)
                tables, step = dict(journal.load(saved[0])), saved[2]
                assert tables == saved[1]
        assert Journal(path).load(saved[0]) == saved[1]


@pytest.mark.parametrize("damage", ["gone", "short", "torn", "other"])
def test_a_damaged_file_is_told(tmp_path, damage):
    path = tmp_path / "rows.jsonl"
    state = Journal(path).save({"a": rows(1, 2)})
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        changed = {"short": content[:-70], "torn": content[:-5], "other": content.swapcase()}
        path.write_bytes(changed[damage])
    with pytest.raises(UserError, match=r"rows.jsonl: the rows .* cannot be read. Delete"):
        Journal(path).load(state)


def test_a_file_that_is_removed_under_way_is_written_anew(tmp_path):
    path = tmp_path / "rows"
    journal, tables = Journal(path), {"a": rows(1)}
    journal.save(tables)
    path.unlink()
    tables["a"] += rows(2)
    assert Journal(path).load(journal.save(tables)) == tables


def test_a_full_disk_is_told_and_the_saved_rows_stay(tmp_path):
    path = tmp_path / "rows.jsonl"
    journal, tables = Journal(path), {"a": rows(*range(100))}
    state = journal.save(tables)
    tables["a"] += rows(*range(100, 1000))
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (state["end"] + 1000, limits[1]))
    try:
        with pytest.raises(UserError, match=r"rows.jsonl: no space left .* in "):
            journal.save(tables)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert Journal(path).load(state) == {"a": rows(*range(100))}
    assert Journal(path).load(journal.save(tables)) == tables
    assert os.listdir(tmp_path) == ["rows.jsonl"]
