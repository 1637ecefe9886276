"""Wait for the end of the DVC that runs the stages; put right what a kill cut short.

Each stage script that DVC runs starts this, in a session of its own, so that it outlives DVC; the
first one stays until DVC has ended, and the others end at once.
"""

import sys

from root import ROOT  # isort: skip

from dcgan_core.process.locks import hold
from dcgan_core.stages.dvc_lock import watch
from dcgan_core.stages.own_files import STATE


def main(process: int) -> None:
    """Watch that process, unless it is watched already."""
    path = ROOT / STATE / "turns" / f"dvc-{process}"
    lock = hold(path)
    if lock is None:
        return
    with lock:
        watch(ROOT, process)
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
