"""Draw the splits and fix the map of codes to [-1,1]."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.normalize import normalize

    pack, record = job.path("resize.pack"), job.path("resize.record")
    normalize(pack, record, job.path("splits"), job.params.normalize)


if __name__ == "__main__":
    main("normalize", run)
