"""Settle which source there is, with which settings and which files of one's own: its key says."""

from common import Job, main


def run(job: Job) -> None:
    """Nothing to make: the key is all that the next stage needs."""


if __name__ == "__main__":
    main("source", run)
