"""Score every snapshot's fidelity and choose the best."""

from common import Job, main


def run(job: Job) -> None:
    device = job.device()
    from dcgan_core.evaluate.fidelity_curve import fidelity_curve
    from dcgan_core.report.figures.fidelity import draw_fidelity

    table, figure = job.results / "fidelity.csv", job.results / "fidelity.png"
    best = job.results / "best.safetensors"
    snapshots, params = job.results / "snapshots", job.params.fidelity
    fidelity_curve(snapshots, job.normalized, table, best, params, device)
    draw_fidelity(table, figure, title=f"Fidelity, {job.size}")


if __name__ == "__main__":
    main("fidelity", run)
