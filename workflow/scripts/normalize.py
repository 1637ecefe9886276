"""Draw the splits and fix the map of codes to [-1,1]."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.normalize import normalize

    normalize(*job.resized, job.normalized, job.params.normalize)


if __name__ == "__main__":
    main("normalize", run)
