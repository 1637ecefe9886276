"""Walks, sums and captions, against geometry and arithmetic worked out by hand."""

import math

import numpy as np
import pytest
import torch
from nets.models import model
from PIL import Image

from dcgan_core.nets import Generator
from dcgan_core.sample.arithmetic import samples_around, vector_sum
from dcgan_core.sample.captions import GAP, PAPER, Cell, captioned_sheet, enlarge
from dcgan_core.sample.films import films_gif, there_and_back
from dcgan_core.sample.interpolate import circle_walk, closed_walk, slerp
from dcgan_core.sample.latents import draw_latents


def two(length=64, seed=0, norm=None):
    latents = draw_latents(2, length, seed).double()
    return latents * (norm / latents.norm(dim=1, keepdim=True)) if norm else latents


def angles_between(walk):
    """By arcsine of half the chord: another formula than the code's, exact at small angles."""
    units = walk / walk.norm(dim=1, keepdim=True)
    return 2 * torch.arcsin((units[1:] - units[:-1]).norm(dim=1) / 2)


@pytest.mark.parametrize("length", [2, 3, 100])
def test_slerp_of_equal_lengths_keeps_length_and_speed(length):
    start, end = two(length, norm=7.0)
    walk = slerp(start, end, torch.linspace(0, 1, 11))
    torch.testing.assert_close(walk[[0, -1]], torch.stack([start, end]))
    torch.testing.assert_close(walk.norm(dim=1), torch.full((11,), 7.0).double())
    angle = math.acos(float(start @ end) / 49)
    torch.testing.assert_close(angles_between(walk), torch.full((10,), angle / 10).double())


@pytest.mark.parametrize("tiny", [1e-3, 1e-5, 1e-7, 0.0])
def test_slerp_of_nearly_parallel_latents_keeps_its_pace(tiny):
    start, across = two(norm=1.0)
    end = start + tiny * across
    walk = slerp(start, end, torch.linspace(0, 1, 5).double())
    expected = start + torch.linspace(0, 1, 5).double()[:, None] * (end - start)
    torch.testing.assert_close(walk, expected, rtol=0, atol=max(tiny**2, 1e-15))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_slerp_between_opposite_latents_goes_round_the_origin(dtype, scale):
    start = draw_latents(1, 32, 3)[0].to(dtype)
    walk = slerp(start, -scale * start, torch.linspace(0, 1, 9, dtype=dtype))
    torch.testing.assert_close(walk[[0, -1]], torch.stack([start, -scale * start]))
    lengths = start.norm() * torch.linspace(1, scale, 9, dtype=dtype)
    torch.testing.assert_close(walk.norm(dim=1), lengths)
    pace = torch.full((8,), math.pi / 8, dtype=dtype)
    torch.testing.assert_close(angles_between(walk), pace, rtol=1e-4, atol=0)


def test_slerp_in_one_dimension_is_the_line():
    path = slerp(torch.tensor([2.0]), torch.tensor([-2.0]), torch.tensor([0.0, 0.25, 1.0]))
    torch.testing.assert_close(path, torch.tensor([[2.0], [1.0], [-2.0]]))


def test_a_closed_walk_of_unit_stops_stays_on_the_sphere():
    walk = closed_walk(torch.eye(3), 3)
    torch.testing.assert_close(walk.norm(dim=1), torch.ones(9))
    long, short = math.sqrt(3) / 2, 0.5
    torch.testing.assert_close(walk[1], torch.tensor([long, short, 0]))
    torch.testing.assert_close(walk[-1], torch.tensor([long, 0, short]))


def test_a_circle_closes_and_is_evenly_spaced():
    start, toward = two(100)
    walk = circle_walk(start, toward, 36)
    assert torch.equal(walk[0], start)
    torch.testing.assert_close(walk.norm(dim=1), start.norm().expand(36))
    steps = torch.cat([walk, walk[:1]]).diff(dim=0).norm(dim=1)
    chord = 2 * start.norm() * math.sin(math.pi / 36)
    torch.testing.assert_close(steps, chord.expand(36))
    torch.testing.assert_close(walk[18:], -walk[:18])
    assert torch.linalg.matrix_rank(walk) == 2
    quarter = walk[9]
    assert abs(quarter @ start) < 1e-10
    assert quarter @ toward > 0


@pytest.mark.parametrize("factor", [1.0, -2.0, 0.0])
def test_two_latents_on_one_line_span_no_circle(factor):
    start = draw_latents(1, 16, 0)[0]
    with pytest.raises(ValueError, match="one line"):
        circle_walk(start, factor * start, 8)
    with pytest.raises(ValueError, match="one line"):
        circle_walk(torch.zeros(16), start, 8)


def test_a_linear_generator_gives_exactly_a_minus_b_plus_c():
    # Whole numbers and groups of 2 and 4 leave nothing to round.
    rng = np.random.default_rng(0)
    latents = torch.from_numpy(rng.integers(-50, 50, (12, 6)).astype(np.float32))
    weights = torch.from_numpy(rng.integers(-9, 9, (6, 48)).astype(np.float32))
    images = (latents @ weights).numpy()
    total = vector_sum(latents, [0, 3], [5, 6, 7, 8], [11, 11])
    expected = (
        (images[0] + images[3]) / 2 - sum(images[row] for row in (5, 6, 7, 8)) / 4 + images[11]
    )
    np.testing.assert_array_equal((total.result @ weights).numpy(), expected)
    assert [len(group) for group in total.members] == [2, 4, 2]
    torch.testing.assert_close(total.result, total.means[0] - total.means[1] + total.means[2])


def test_three_in_each_group_give_a_latent_of_usual_length():
    latents = draw_latents(9, 10_000, 4)
    result = vector_sum(latents, [0, 1, 2], [3, 4, 5], [6, 7, 8]).result
    assert result.std() == pytest.approx(1.0, abs=0.03)


def test_an_empty_or_unknown_group_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        vector_sum(torch.zeros(3, 2), [0], [], [1])
    with pytest.raises(IndexError):
        vector_sum(torch.zeros(3, 2), [0], [1], [3])


def test_samples_around_are_as_far_as_asked():
    center = torch.full((1000,), 5.0)
    around = samples_around(center, 20, 0.25, seed=1)
    assert (around - center).std() == pytest.approx(0.25, rel=0.02)
    assert torch.equal(samples_around(center, 2, 0.0, seed=1), center.expand(2, -1))
    noise = (around - center) / 0.25
    alike = torch.corrcoef(torch.cat([noise, draw_latents(20, 1000, seed=1)]))[:20, 20:]
    assert alike.abs().max() < 0.2


@pytest.mark.parametrize("length", [1, 5, 8, 100])
def test_a_latents_number_means_the_same_on_every_sheet(length):
    largest = draw_latents(70, length, seed=3)
    for count in (1, 2, 7, 15, 16, 17, 33, 64):
        assert torch.equal(draw_latents(count, length, seed=3), largest[:count])


def test_captioned_cells_hold_their_images_whole():
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (3, 40, 50, 3), dtype=np.uint8)
    rows = [[Cell(images[0], "a"), None, Cell(images[1])], [Cell(images[2], marked=True)]]
    picture = np.asarray(captioned_sheet(rows))
    big = enlarge(images)
    assert big.shape == (3, 120, 150, 3)
    np.testing.assert_array_equal(big[:, 1::3, 1::3], images)
    np.testing.assert_array_equal(picture[GAP : GAP + 120, GAP : GAP + 150], big[0])
    # After the first column a gap, after it an empty one of two gaps and a gap.
    left = GAP + 150 + GAP + 3 * GAP
    np.testing.assert_array_equal(picture[GAP : GAP + 120, left : left + 150], big[1])
    np.testing.assert_array_equal(picture[-GAP * 2 - 120 : -GAP * 2, GAP : GAP + 150], big[2])


def test_long_captions_and_titles_are_not_cut_off():
    image = np.zeros((96, 96, 1), np.uint8)
    narrow = captioned_sheet([[Cell(image, "x")] * 2])
    wide = captioned_sheet([[Cell(image, "a caption much wider than its image")] * 2])
    assert wide.width > 2 * narrow.width
    titled = captioned_sheet([[Cell(image)]], "a title much longer than one image is wide\nsecond")
    edge = np.asarray(titled)[:, -3:]
    assert (edge == np.asarray(Image.new("RGB", (1, 1), PAPER))).all()
    assert titled.height > captioned_sheet([[Cell(image)]], "one").height


def test_there_and_back_has_each_end_once():
    walk = torch.arange(4.0)[:, None]
    assert there_and_back(walk).flatten().tolist() == [0, 1, 2, 3, 2, 1]


def test_a_film_shows_all_walks_side_by_side(tmp_path):
    # Frames alike would be joined into one: weights of some size keep them apart.
    generator = Generator(16, 20, 1, model(4, 2)).eval()
    for parameter in generator.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(0))
    walks = [circle_walk(*draw_latents(2, 4, seed), 6) for seed in range(3)]
    films_gif(tmp_path / "film.gif", generator, walks)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 6
        assert film.size == (2 * (120 + 2) + 2, 2 * (96 + 2) + 2)
