"""Variants measured in turn, so that what else the machine does falls on all of them alike."""

import multiprocessing as mp
from collections.abc import Callable
from typing import Any


def interleaved(
    worker: Callable[..., None], arguments: dict[str, tuple], rounds: int
) -> dict[str, list[Any]]:
    """What each variant's process gave, round by round.

    Args:
        worker: called in a process of its own with a variant's name, its arguments and a pipe. It
            sends one message when it is ready, then one for each true message that it receives.
        arguments: of each variant, by its name.
        rounds: turns of each.
    """
    context, pipes, processes = mp.get_context("spawn"), {}, []
    for variant, given in arguments.items():
        pipes[variant], end = context.Pipe()
        processes.append(context.Process(target=worker, args=(variant, *given, end)))
        processes[-1].start()
        pipes[variant].recv()
    found: dict[str, list[Any]] = {variant: [] for variant in arguments}
    for _ in range(rounds):
        for variant, pipe in pipes.items():
            pipe.send(True)
            found[variant].append(pipe.recv())
    for pipe in pipes.values():
        pipe.send(False)
    for process in processes:
        process.join()
    return found
