"""Fetch or make the source's images."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.minima import all_minima
    from dcgan_core.data.sources import fetch

    minima = all_minima(job.params)
    fetch(job.params.download, job.path("images"), job.downloads, minima)


if __name__ == "__main__":
    main("download", run)
