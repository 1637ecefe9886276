"""Train the networks, going on where a killed run left off."""

from common import Job, main


def work(job: Job) -> None:
    device = job.device()
    from dcgan_core.train import train

    train(job.params, job.size, device, job.normalized / "train.npy", job.work)
    job.publish_from_work(
        ["snapshots", "final.safetensors", "history.csv", "gradients.csv", "run.json"]
    )


if __name__ == "__main__":
    main("train", work)
