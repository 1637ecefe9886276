"""Fetch or make the source's images."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.sources import fetch

    fetch(job.params.download, job.path("images"), job.downloads)


if __name__ == "__main__":
    main("download", run)
