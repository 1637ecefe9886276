"""Decode, clean, crop and resize the images into one array file."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.minima import all_minima
    from dcgan_core.data.resize import resize
    from dcgan_core.params import parse_size

    resize(
        job.path("download.images"),
        job.path("pack"),
        job.path("record"),
        job.path("dropped"),
        parse_size(job.size),
        job.params.resize,
        job.params.clean,
        all_minima(job.params),
    )


if __name__ == "__main__":
    main("resize", run)
