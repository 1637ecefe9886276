"""One stage script as several processes of this machine: torchrun, started from inside."""

import logging
import os
import signal
import sys
import tempfile

import root  # noqa: F401 - puts the package on the path

from dcgan_core.errors import Interrupted, RankLost, UserError


def process_count(text: str, device_name: str) -> int:
    """``--processes`` as a number; ``auto`` is one for each device of that kind, and 1 on the CPU.

    Raises:
        UserError: neither, or there is no such device, or too few of them.
    """
    if text == "1":
        return 1
    if text != "auto" and (not text.isdecimal() or int(text) < 1):
        raise UserError(f"processes = {text!r} must be a whole number of at least 1, or auto")
    from dcgan_core.device.distributed import count_devices

    there = count_devices(device_name)
    count = there if text == "auto" else int(text)
    if device_name != "cpu" and count > there:
        raise UserError(
            f"processes = {count}, but this machine has {there} of device {device_name}; give "
            f"{there}, or auto"
        )
    return count


def run_as_processes(count: int) -> int:
    """Run this very command as ``count`` ranks and return the exit code for it.

    The ranks find themselves in torchrun's environment, where :func:`common.main` starts none.
    When one dies, the others are ended; whatever ends first is told by the rank itself, but for a
    signal that left it no time to.

    Raises:
        RankLost: a rank was killed by such a signal.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    # Its own account of a failure is a page long.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    for name in [name for name in logging.Logger.manager.loggerDict if "elastic" in name]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=count,
            run_id=f"dcgan-{os.getpid()}",
            rdzv_backend="c10d",
            rdzv_endpoint="localhost:0",
            local_addr="localhost",
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(log_dir=folder),
        )
        try:
            elastic_launch(config, sys.executable)(*sys.argv)
        except SignalException:
            return Interrupted.exit_code
        except ChildFailedError as error:
            return _told({rank: failure.exitcode for rank, failure in error.failures.items()})
    return 0


def _told(codes: dict[int, int]) -> int:
    """The exit code that says most about why the ranks ended."""
    for rank, code in codes.items():
        # SIGTERM is what the ranks that had to follow are ended with.
        if code < 0 and -code != signal.SIGTERM:
            raise RankLost(
                f"process {rank} was killed by {signal.Signals(-code).name}; the others were ended "
                "too. The state saved last is kept: the same command goes on from there"
            )
    spoken = (1, UserError.exit_code, Interrupted.exit_code, RankLost.exit_code)
    return next((code for code in spoken if code in codes.values()), 1)
