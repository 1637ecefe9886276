"""Settle which source there is, with which settings and which files of one's own: its key says."""

from pathlib import Path

from common import Job, main

from dcgan_core import stages


def run(job: Job) -> None:
    """Nothing to make: the key is all that the next stage needs."""
    keys = stages.stage_keys(job.params)
    if not stages.signed(stages.STAGES["download"], None, keys["download"]):
        # DVC empties data/raw before the next stage could say so.
        stages.check_own_files(job.params, Path("."))


if __name__ == "__main__":
    main("source", run)
