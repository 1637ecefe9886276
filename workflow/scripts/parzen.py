"""Score every snapshot by its Parzen-window log-likelihood."""

from common import Job, main


def run(job: Job) -> None:
    device = job.device()
    from dcgan_core.data.minima import BASE, check_folder
    from dcgan_core.evaluate.parzen_curve import parzen_curve
    from dcgan_core.report.figures.parzen import draw_parzen

    snapshots, splits = job.path("train.snapshots"), job.path("normalize.splits")
    check_folder(splits, BASE, job.params.normalize)
    parzen_curve(snapshots, splits, job.path("table"), job.params.parzen, device)
    draw_parzen(job.path("table"), job.path("figure"), title=f"Parzen log-likelihood, {job.size}")


if __name__ == "__main__":
    main("parzen", run)
