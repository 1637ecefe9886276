"""Fetch or make the source's images."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common import Job


def run(job: Job) -> None:
    from dcgan_core.data.minima import all_minima
    from dcgan_core.data.sources import fetch

    minima = all_minima(job.params)
    fetch(job.params.download, job.path("images"), job.downloads, minima)


if __name__ == "__main__":
    # Here and not above: worker processes load this file, too, and need nothing of that.
    from common import main

    main("download", run)
