"""Train the networks, going on where a killed run left off; as one process or as several."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.minima import all_minima, check_folder
    from dcgan_core.device.distributed import joined
    from dcgan_core.train import train

    # Now, not after hours: the stages that score need images, too.
    check_folder(job.path("normalize.splits"), all_minima(job.params), job.params.normalize)
    with joined(job.device_name, job.threads) as (device, world):
        pack = job.path("normalize.splits") / "train.npy"
        train(job.params, job.size, device, pack, job.state, world)
    if job.leads:
        job.publish()


if __name__ == "__main__":
    main("train", run, as_ranks=True)
