"""Work spread over processes, results in order, few of them in memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from ..errors import UserError
from .heap import keep_freed_memory

Task = TypeVar("Task")
Result = TypeVar("Result")

QUEUED_PER_PROCESS = 2
IN_FLIGHT_PER_PROCESS = 6


def ordered_map(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[Result]:
    """Yield ``work(task)`` for each task, in order, from ``workers`` processes.

    This process is one of them, the others are fresh ones. It works alone until one of those is
    there, and afterwards while they have enough to do. ``work`` and its tasks must be picklable; at
    most six tasks for each other process are under way or waiting to be taken.

    Raises:
        UserError: a process was killed.
    """
    if workers <= 1:
        yield from map(work, tasks)
        return
    rest = iter(tasks)
    pool = ProcessPoolExecutor(workers - 1, multiprocessing.get_context("spawn"), start_worker)
    try:
        there = [pool.submit(_there, work) for _ in range(workers - 1)]
        while not any(future.done() for future in there):
            try:
                task = next(rest)
            except StopIteration:
                return
            yield work(task)
        yield from _shared(pool, work, rest, workers - 1)
    except BrokenProcessPool as error:
        raise UserError(
            "a worker process was killed, most likely for lack of memory. Free some memory, or "
            "give the run fewer processors (taskset -c 0), and run the same command again."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _there(work: object) -> None:
    """Whoever has received ``work`` has imported all that it needs."""


def _shared(
    pool: ProcessPoolExecutor, work: Callable[[Task], Result], tasks: Iterable[Task], others: int
) -> Iterator[Result]:
    """Give the ``others`` in the pool enough to do, and work on the next task here meanwhile."""
    waiting: deque[Future[Result]] = deque()
    for task in tasks:
        if sum(not future.done() for future in waiting) < QUEUED_PER_PROCESS * others:
            waiting.append(pool.submit(work, task))
        else:
            waiting.append(_done_here(work, task))
        while waiting and (waiting[0].done() or len(waiting) >= IN_FLIGHT_PER_PROCESS * others):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _done_here(work: Callable[[Task], Result], task: Task) -> Future[Result]:
    done: Future[Result] = Future()
    try:
        done.set_result(work(task))
    # Raised when its turn comes, as those of other processes are.
    except Exception as error:
        done.set_exception(error)
    return done


def start_worker() -> None:
    """Make this process end with the one that started it, and by no Ctrl-C before."""
    keep_freed_memory()
    # Ctrl-C reaches the whole process group; the parent alone decides what happens then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    # A parent that is killed outright cannot stop its workers, which would wait for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
