"""Gather all sizes into the metrics, the model cards and the report page."""

from pathlib import Path

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.report.summary import summarise

    summarise(job.params, Path("."), Path("results/metrics.json"), Path("results/summary"))


if __name__ == "__main__":
    main("summary", run)
