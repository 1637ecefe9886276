"""Ctrl-C and SIGTERM as a request: finish the step, save, and end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """True once someone has asked."""

    def __init__(self) -> None:
        self.asked = False

    def __bool__(self) -> bool:
        return self.asked


@contextmanager
def stop_on_signals(patient: bool = False) -> Iterator[StopRequest]:
    """Turn the first SIGINT or SIGTERM into a request; a second one acts as it always does.

    Args:
        patient: later ones are ignored too, since a launcher may repeat what a terminal or a
            cluster has sent already.
    """
    request = StopRequest()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(_number: int, _frame: object) -> None:
        request.asked = True
        if not patient:
            restore()

    for number in signals:
        signal.signal(number, ask)
    try:
        yield request
    finally:
        restore()
