"""Gather all sizes into the metrics, the model cards and the report page."""

from pathlib import Path

from common import Job, main

from dcgan_core.stages import park


def run(job: Job) -> None:
    from dcgan_core.report.summary import summarise

    park(job.params)
    keys = job.origin.upstream
    summarise(job.params, Path("."), job.path("metrics"), job.path("page"), keys)


if __name__ == "__main__":
    main("summary", run)
