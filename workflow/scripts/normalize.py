"""Draw the splits and fix the map of codes to [-1,1]."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.classes import check_record
    from dcgan_core.data.minima import all_minima
    from dcgan_core.data.normalize import normalize

    pack, record = job.path("resize.pack"), job.path("resize.record")
    minima = all_minima(job.params)
    if job.params.model.conditional:
        check_record(record)
    normalize(pack, record, job.path("splits"), job.params.normalize, minima)


if __name__ == "__main__":
    main("normalize", run)
