"""Work shared among processes comes back in order, whoever did it, and whatever happens."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from itertools import count, islice

import pytest

from dcgan_core.errors import UserError
from dcgan_core.process.pool import ordered_map


def slowly(number: int) -> tuple[int, int]:
    time.sleep(0.01)
    return number, os.getpid()


def refuse(least: int, number: int) -> int:
    if number >= least:
        raise ValueError(f"refused {number}")
    return number


def die_elsewhere(here: int, number: int) -> int:
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return number


def test_this_process_and_others_share_the_work_in_order() -> None:
    processes: dict[int, int] = {}
    shared = ordered_map(slowly, count(), 3)
    for expected, (number, process) in enumerate(shared):
        assert number == expected
        processes[process] = processes.get(process, 0) + 1
        # Until both others have had a good part.
        if len(processes) == 3 and min(processes.values()) > 5:
            break
        assert expected < 6000, processes
    shared.close()
    assert os.getpid() in processes


def test_it_ends_with_its_tasks() -> None:
    assert [number for number, _ in ordered_map(slowly, range(7), 2)] == list(range(7))
    assert list(ordered_map(slowly, [], 2)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_when_its_turn_does(workers: int) -> None:
    shared = ordered_map(partial(refuse, 40), range(400), workers)
    assert list(islice(shared, 40)) == list(range(40))
    with pytest.raises(ValueError, match="refused 40"):
        next(shared)


def test_a_killed_process_is_told() -> None:
    with pytest.raises(UserError, match="a worker process was killed"):
        list(islice(ordered_map(partial(die_elsewhere, os.getpid()), count(), 2), 6000))
