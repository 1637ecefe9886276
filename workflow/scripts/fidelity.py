"""Score every snapshot's fidelity and choose the best."""

from pathlib import Path

from common import Job, main


def run(job: Job) -> None:
    device = job.device()
    from dcgan_core.data.minima import check_folder, fidelity_minima
    from dcgan_core.evaluate.fidelity_curve import fidelity_curve
    from dcgan_core.report.figures.fidelity import draw_fidelity

    inputs = {
        "snapshots": job.path("train.snapshots"),
        "discriminator": job.path("train.discriminator"),
        "splits": job.path("normalize.splits"),
    }
    check_folder(inputs["splits"], fidelity_minima(job.params.fidelity), job.params.normalize)
    targets = {name: job.path(name) for name in ("table", "record", "best", "copies")}
    cache = Path(".dcgan/features")
    fidelity_curve(inputs, targets, job.params.fidelity, device, cache)
    draw_fidelity(job.path("table"), job.path("figure"), title=f"Fidelity, {job.size}")


if __name__ == "__main__":
    main("fidelity", run)
