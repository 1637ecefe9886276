"""Draw the sample sheet and the walk through latent space, both of the best snapshot."""

from common import Job, main


def run(job: Job) -> None:
    device = job.device()
    from dcgan_core.sample.show import interpolation_gif, sample_sheet

    best, params = job.path("fidelity.best"), job.params.sample
    sample_sheet(best, job.path("sheet"), params, device)
    interpolation_gif(best, job.path("walk"), params, device)


if __name__ == "__main__":
    main("sample", run)
