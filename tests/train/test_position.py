"""What follows from the number of steps done, counted out step by step."""

import json

import pytest

from dcgan_core.train.position import Position


@pytest.mark.parametrize(
    ("n_dis", "n_dis_batch", "batches_per_step"), [(1, "same", 1), (2, "same", 1), (2, "new", 2)]
)
def test_all_follows_from_the_steps_done(tiny, n_dis, n_dis_batch, batches_per_step):
    settings = tiny({"train.n_dis": n_dis, "train.n_dis_batch": n_dis_batch}).train
    position = Position(7, settings)
    steps_per_epoch = 7 // batches_per_step
    assert position.total == 3 * steps_per_epoch
    images = 0
    for epoch in range(3):
        for index in range(steps_per_epoch):
            assert (position.epoch, position.index, position.images) == (epoch, index, images)
            asked = list(position.batches())
            assert [batch for batch, _ in asked] == [epoch] * batches_per_step
            first = index * batches_per_step
            assert [place for _, place in asked] == list(range(first, first + batches_per_step))
            assert not position.finished
            position.step += 1
            assert position.epoch_of(position.step) == epoch + 1
            images += 8 * batches_per_step
    assert (position.epoch, position.index, position.finished) == (3, 0, True)


def test_a_position_taken_up_is_the_saved_one(tiny):
    saved, other = (Position(6, tiny().train) for _ in range(2))
    saved.step, saved.seconds, saved.ended = 8, 2.5, True
    other.step, other.seconds = 17, 40.0
    other.load_state_dict(json.loads(json.dumps(saved.state_dict())))
    assert vars(other) == vars(saved)
    assert (other.epoch, other.index, other.images, other.finished) == (1, 2, 64, True)
