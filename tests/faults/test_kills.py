"""A few of the killed runs of ``kills.py``, at moments of another seed than its tables'."""

import kills
import pytest


@pytest.mark.slow
@pytest.mark.parametrize("engine", kills.ENGINES)
def test_a_killed_run_ends_like_one_never_killed(engine, tmp_path):
    trials = kills.series(engine, [0, 6, 13], seed=2, folder=tmp_path)
    assert [trial for trial in trials if not trial.good] == []
