"""Show the same latents through every snapshot."""

from common import Job, main


def run(job: Job) -> None:
    device = job.device()
    from dcgan_core.sample.show import training_gif

    training_gif(job.path("train.snapshots"), job.path("film"), job.params.gif, device)


if __name__ == "__main__":
    main("gif", run)
