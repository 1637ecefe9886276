"""Score every snapshot's fidelity and choose the best."""

from common import Job, main


def run(job: Job) -> None:
    device = job.device()
    from dcgan_core.data.minima import check_folder, fidelity_minima
    from dcgan_core.evaluate.fidelity_curve import fidelity_curve
    from dcgan_core.report.figures.fidelity import draw_fidelity

    snapshots, splits = job.path("train.snapshots"), job.path("normalize.splits")
    check_folder(splits, fidelity_minima(job.params.fidelity), job.params.normalize)
    targets = job.path("table"), job.path("record"), job.path("best")
    fidelity_curve(snapshots, splits, *targets, job.params.fidelity, device)
    draw_fidelity(job.path("table"), job.path("figure"), title=f"Fidelity, {job.size}")


if __name__ == "__main__":
    main("fidelity", run)
