"""The end of a process that waits for others in vain.

A rank that waits inside a collective runs no Python: neither signal handlers nor the loop's own
check of them. Some transports wait so for many minutes for a rank that has died.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 15.0
"""From a request to stop to the end, if the loop has not ended by then; the launcher follows with
SIGKILL after 30."""
LOOK_EVERY = 0.5
HUNG = (
    b"train: told to stop, and still waiting for the other processes; ended. The state saved last "
    b"is kept: the same command goes on from there\n"
)


@contextmanager
def end_when_hung() -> Iterator[None]:
    """End this process, with exit code 1, when it hangs after a signal or its launcher is gone.

    Whatever the loop saved last stays. Use it inside the handling of SIGINT and SIGTERM: it hears
    of them, however busy the main thread is, and handles none itself.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(heard, done, os.getppid()), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        signal.set_wakeup_fd(before)
        heard.close()
        told.close()


def _watch(heard: socket.socket, done: threading.Event, launcher: int) -> None:
    heard.settimeout(LOOK_EVERY)
    while not done.is_set():
        try:
            heard.recv(16)
        except TimeoutError:
            if os.getppid() != launcher:
                os._exit(1)
            continue
        if not done.wait(SECONDS):
            os.write(2, HUNG)
            os._exit(1)
