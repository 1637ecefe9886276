"""Train the networks, going on where a killed run left off; as one process or as several."""

from common import Job, main


def run(job: Job) -> None:
    from dcgan_core.data.minima import all_minima, check_folder
    from dcgan_core.device.distributed import joined
    from dcgan_core.stages import key_but
    from dcgan_core.train import Finished, train

    # Now, not after hours: the stages that score need images, too.
    check_folder(job.path("normalize.splits"), all_minima(job.params), job.params.normalize)
    with joined(job.device_name, job.threads) as (device, world):
        pack = job.path("normalize.splits") / "train.npy"
        # What length and the way of running steps leave open; a longer training may go on from the
        # finished one.
        left_out = ("images", "epochs", "snapshots", "execution")
        made_from = key_but(job.stage, job.origin, {"train": left_out})
        finished = Finished(job.path("state").parent, made_from)
        train(job.params, job.size, device, pack, job.state, world, finished)
    if job.leads:
        job.publish()


if __name__ == "__main__":
    main("train", run, as_ranks=True)
