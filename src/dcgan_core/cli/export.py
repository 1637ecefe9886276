"""``dcgan export``: a generator for other programs."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ..errors import UserError
from ..terminal import say
from .common import HelpFormatter, add_snapshot_arguments
from .snapshots import snapshot_file
from .values import to_path

log = logging.getLogger("dcgan")

TEACH = """\
examples:
  dcgan export results/64 --onnx generator.onnx    and generator.card.md
  dcgan export --hub my-dcgan                      model.safetensors, config.json, README.md

The ONNX graph takes latents (float32, batch × length) and, of a conditional generator, classes
(int64, batch), and gives images (float32, batch × channels × height × width, in [-1,1]). It is
compared with PyTorch before it is written, where onnxruntime is installed. A hub's folder is for
"dcgan sample my-dcgan" as well, and for: hf upload USER/NAME my-dcgan

The card is the run's, with its scores, for the best snapshot of a finished run.
"""
ONNX_USE = """\
The graph was made from a generator of dcgan-workflow. Its images are N×C×H×W in [-1,1].

```python
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("{name}")
latents = np.random.default_rng(1).standard_normal((16, {length}), dtype=np.float32)
(images,) = session.run(None, {{"latents": latents{classes}}})
codes = np.rint((images.clip(-1, 1) + 1) * 127.5).astype(np.uint8)
```
"""


def add_parser(subparsers) -> None:
    """Add ``dcgan export``."""
    parser = subparsers.add_parser(
        "export",
        help="a generator as ONNX, or for Hugging Face's hub",
        description="A generator for other programs: as ONNX, or for Hugging Face's hub.",
        epilog=TEACH,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    add_snapshot_arguments(parser)
    parser.add_argument("--onnx", type=to_path, metavar="FILE", help="write this .onnx file")
    parser.add_argument("--hub", type=to_path, metavar="FOLDER", help="write this folder")


def run(arguments: argparse.Namespace) -> None:
    """Write what was asked for.

    Raises:
        UserError: nothing was asked for, there is no such snapshot, or a name is not possible.
    """
    if not (arguments.onnx or arguments.hub):
        raise UserError("nothing to do: add --onnx FILE.onnx, --hub FOLDER or both")
    if arguments.onnx and arguments.onnx.suffix.lower() != ".onnx":
        raise UserError(f"--onnx {arguments.onnx}: name a file that ends in .onnx")
    snapshot = snapshot_file(arguments.snapshot, arguments.size)
    if arguments.onnx:
        _onnx(arguments.onnx, snapshot)
    if arguments.hub:
        from ..export.hub import write_hub

        scored = write_hub(arguments.hub, snapshot)
        say(arguments.hub)
        _tell_card(scored)


def _onnx(target: Path, snapshot: Path) -> None:
    from dataclasses import asdict

    from ..export.cards import card_for
    from ..export.onnx_graph import write_onnx
    from ..files import sha256_file, write_bytes
    from ..nets.snapshot import load_generator, read_info

    generator = load_generator(snapshot)
    facts = {**asdict(read_info(snapshot)), "snapshot_sha256": sha256_file(snapshot)}
    difference = write_onnx(target, generator, facts)
    say(target)
    classes = ', "classes": np.zeros(16, np.int64)' if generator.classes else ""
    use = ONNX_USE.format(name=target.name, length=generator.latent_length, classes=classes)
    card, scored = card_for(snapshot, use)
    beside = target.with_suffix(".card.md")
    write_bytes(beside, card.encode())
    say(beside)
    if difference is None:
        log.warning("not compared with PyTorch: onnxruntime is not installed (pip install it)")
    else:
        log.info("onnxruntime's images differ from PyTorch's by at most %.1e of [-1,1]", difference)
    _tell_card(scored)


def _tell_card(scored: bool) -> None:
    if not scored:
        log.info("the card has no scores: they are known of a finished run's best snapshot alone")
