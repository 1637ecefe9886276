"""The page's JavaScript, under Node: images as PyTorch's, latents as Python's, GIFs as GIFs are."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from explore.generators import CASES, made
from PIL import Image

from dcgan_core.data.alpha import NEUTRAL, on_neutral, rgb
from dcgan_core.explore.engine import engine
from dcgan_core.explore.numbers import numbered_latents
from dcgan_core.explore.operations import operations
from dcgan_core.explore.packing import packed
from dcgan_core.sample.arithmetic import vector_sum
from dcgan_core.sample.interpolate import slerp
from dcgan_core.sample.sampler import generate

DRIVER = Path(__file__).with_name("run_engine.js")
NUMBERS = (0, 3, 2**32 - 1)
CLOSE = 2
"""Codes, of 255."""


def under_node(cases=(), films=(), calls=()) -> dict:
    """What the engine answers; the test is skipped where there is no Node."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        pytest.skip("no Node here to run JavaScript with")
    asked = {"engine": engine(), "cases": cases, "films": films, "calls": calls}
    result = subprocess.run(
        [node, DRIVER], input=json.dumps(asked), capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def pixels(text: str, height: int, width: int) -> np.ndarray:
    """int H×W×3 of RGBA bytes, which must be opaque."""
    codes = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
    assert (codes[..., 3] == 255).all()
    return codes[..., :3].astype(int)


def test_it_draws_what_pytorch_draws():
    cases, wanted = [], []
    for name, case in CASES.items():
        generator = made(case)
        found = packed(operations(generator))
        latents = numbered_latents(NUMBERS, generator.latent_length)
        classes = torch.tensor([2, 0, 1]) if generator.classes else None
        images = generate(generator, torch.from_numpy(latents).float(), classes=classes)
        wanted.append((name, np.broadcast_to(on_neutral(images), (*images.shape[:3], 3))))
        of = [0, 0, 0] if classes is None else classes.tolist()
        requests = [
            {
                "latent": latent.tolist(),
                "mix": [one, one, 0],
                "channels": case.channels,
                "ground": rgb(NEUTRAL).tolist(),
            }
            for latent, one in zip(latents, of, strict=True)
        ]
        cases.append({"operations": found.operations, "weights": found.text, "requests": requests})
    for (name, images), texts in zip(wanted, under_node(cases)["images"], strict=True):
        for image, text in zip(images, texts, strict=True):
            drawn = pixels(text, *image.shape[:2])
            assert np.abs(drawn - image.astype(int)).max() <= CLOSE, name


def test_between_two_classes_gains_and_biases_are_in_between():
    generator = made(CASES["conditional, no norm"])
    found = packed(operations(generator))
    latent = numbered_latents([1], generator.latent_length)
    request = {"latent": latent[0].tolist(), "channels": 3, "ground": [0, 0, 0]}
    requests = [{**request, "mix": [0, 2, share]} for share in (0.25, 1)]
    asked = {"operations": found.operations, "weights": found.text, "requests": requests}
    texts = under_node([asked])["images"][0]
    generated = generate(generator, torch.from_numpy(latent).float(), classes=torch.tensor([2]))
    assert np.abs(pixels(texts[1], 17, 19) - generated[0]).max() <= CLOSE
    with torch.no_grad():
        for module in generator.modules():
            if hasattr(module, "numbers"):
                for table in (module.weight, module.bias):
                    table[0] = 0.75 * table[0] + 0.25 * table[2]
    mixed = generate(generator, torch.from_numpy(latent).float(), classes=torch.tensor([0]))
    assert np.abs(pixels(texts[0], 17, 19) - mixed[0]).max() <= CLOSE


def test_numbers_ways_and_sums_are_as_in_python():
    latents = numbered_latents([0, 7, 2**32 - 1], 5)
    a, b, c = latents.tolist()
    opposite = [-value for value in a]
    calls = [{"name": "latentOf", "args": [number, 5]} for number in (0, 7, 2**32 - 1)]
    calls += [{"name": "onSphere", "args": [a, b, share]} for share in (0, 0.3, 1)]
    calls += [{"name": "onSphere", "args": [a, a, 0.3]}, {"name": "summed", "args": [a, b, c]}]
    calls += [{"name": "onSphere", "args": [a, opposite, 0.25]}]
    *found, same, total, line = under_node(calls=calls)["found"]
    np.testing.assert_allclose(found[:3], latents, atol=1e-12)
    rows = torch.from_numpy(latents)
    walk = slerp(rows[0], rows[1], torch.tensor([0, 0.3, 1], dtype=torch.float64))
    np.testing.assert_allclose(found[3:], walk.numpy(), atol=1e-12)
    np.testing.assert_allclose(same, a, atol=1e-12)
    straight = vector_sum(rows, [0], [1], [2]).result.numpy()
    np.testing.assert_allclose(np.cross(total[:3], straight[:3]), 0, atol=1e-9)
    usual = np.linalg.norm(latents, axis=1).mean()
    assert np.linalg.norm(total) == pytest.approx(usual, abs=1e-9)
    np.testing.assert_allclose(line, np.multiply(a, 0.5), atol=1e-9)


@pytest.mark.parametrize("factor", [1, 3])
def test_a_gif_shows_its_frames(factor):
    rows, columns = np.mgrid[:24, :40]
    ramp = np.stack([rows * 10, columns * 6, np.full_like(rows, 90)], axis=2)
    frames = [ramp, ramp[::-1], np.zeros_like(ramp), np.full_like(ramp, 255)]
    noise = np.random.default_rng(0).integers(0, 256, (3, 24, 40, 1))
    frames += [np.broadcast_to(one, ramp.shape) for one in noise]
    texts = [
        base64.b64encode(np.dstack([frame, np.full((24, 40), 255)]).astype(np.uint8)).decode()
        for frame in frames
    ]
    film = {"frames": texts, "width": 40, "height": 24, "delay": 8, "factor": factor}
    written = base64.b64decode(under_node(films=[film])["written"][0])
    with Image.open(io.BytesIO(written)) as gif:
        assert gif.size == (40 * factor, 24 * factor)
        assert gif.n_frames == len(frames)
        assert gif.info["loop"] == 0
        for place, frame in enumerate(frames):
            gif.seek(place)
            assert gif.info["duration"] == 80
            shown = np.asarray(gif.convert("RGB")).astype(int)
            assert (shown == shown[::factor, ::factor].repeat(factor, 0).repeat(factor, 1)).all()
            assert np.abs(shown[::factor, ::factor] - frame).mean() < 8, place
            if place in (2, 3):
                assert (shown == frame[0, 0]).all()


def test_a_gif_of_much_noise_is_whole():
    """Long enough for the codes to begin anew many times, in every frame."""
    frames = np.random.default_rng(0).integers(0, 256, (2, 100, 100, 4)).astype(np.uint8)
    texts = [base64.b64encode(frame.tobytes()).decode() for frame in frames]
    film = {"frames": texts, "width": 100, "height": 100, "delay": 4, "factor": 2}
    written = base64.b64decode(under_node(films=[film])["written"][0])
    with Image.open(io.BytesIO(written)) as gif:
        for place, frame in enumerate(frames):
            gif.seek(place)
            shown = np.asarray(gif.convert("RGB")).astype(int)[::2, ::2]
            assert np.abs(shown - frame[..., :3]).mean() < 25
