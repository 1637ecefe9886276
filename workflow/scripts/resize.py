"""Decode, clean, crop and resize the images into one array file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common import Job


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
    # Here and not above: worker processes load this file, too, and need nothing of that.
    from common import main

    main("resize", run)
