"""Train the networks, going on where a killed run left off; as one process or as several."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.device.distributed import joined
    from dcgan_core.train import train

    with joined(job.device_name, job.threads) as (device, world):
        pack = job.normalized / "train.npy"
        train(job.params, job.size, device, pack, job.work, world)
    if job.leads:
        job.publish_from_work(
            ["snapshots", "final.safetensors", "history.csv", "gradients.csv", "run.json"]
        )


if __name__ == "__main__":
    main("train", run, as_ranks=True)
