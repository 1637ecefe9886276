"""Put the generator, its snapshots and small training images into one page for a browser."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.explore.explorer import explorer

    explorer(
        job.path("train.snapshots"),
        job.path("fidelity.best"),
        job.path("normalize.splits"),
        job.path("page"),
    )


if __name__ == "__main__":
    main("explorer", run)
