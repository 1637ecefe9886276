"""Draw the sample sheet and the walk through latent space."""

from common import Job, main


def run(job: Job) -> None:
    device = job.device()
    from dcgan_core.sample.show import interpolation_gif, sample_sheet

    final, params = job.path("train.final"), job.params.sample
    sample_sheet(final, job.path("sheet"), params, device)
    interpolation_gif(final, job.path("walk"), params, device)


if __name__ == "__main__":
    main("sample", run)
