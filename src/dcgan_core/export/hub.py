"""A folder as Hugging Face's hub has models: weights, what they are of, and the card."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch

from ..errors import UserError
from ..files import writing_folder
from ..nets.snapshot import load_generator, read_info
from ..sample.latents import draw_latents
from ..sample.sampler import generate
from .cards import card_for

WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"
CHECKED = 4
"""Images that are compared after loading."""
USE = f"""\
Samples and scores are made in eval mode, as the generator is loaded here: no image depends on
those made beside it.

```python
import torch
from dcgan_core.sample import load_generator

generator = load_generator("{WEIGHTS}")
images = generator(torch.randn(16, generator.latent_length){{classes}})  # N×C×H×W in [-1,1]
```
"""


def write_hub(folder: Path, snapshot: Path) -> bool:
    """Write the folder, loading it back before it gets its name.

    Args:
        folder: replaced as a whole if it is there and an earlier export.
        snapshot: the generator.

    Returns:
        Whether its card is the run's, with scores.

    Raises:
        UserError: the snapshot cannot be read, the folder holds something else, or cannot be
            written.
    """
    _check_folder(folder)
    info = read_info(snapshot)
    classes = ", torch.zeros(16, dtype=torch.int64)" if info.classes else ""
    card, scored = card_for(snapshot, USE.format(classes=classes))
    config = {
        "library_name": "dcgan-workflow",
        "architectures": ["dcgan_core.nets.Generator"],
        **asdict(info),
    }
    with writing_folder(folder, CONFIG) as part:
        (part / WEIGHTS).write_bytes(snapshot.read_bytes())
        text = json.dumps(config, indent=2, ensure_ascii=False)
        (part / CONFIG).write_text(f"{text}\n", encoding="utf-8")
        (part / CARD).write_text(card, encoding="utf-8")
        _check(part, snapshot)
    return scored


def _check_folder(folder: Path) -> None:
    """Refuse to replace more than an export: a clone with its history, or files of the user's.

    Raises:
        UserError: there is more.
    """
    others = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    if other := min(others - {WEIGHTS, CONFIG, CARD}, default=None):
        raise UserError(
            f"{folder}: holds {other}, which is no part of an export. Name another folder, and "
            "copy the files from there."
        )


def _check(folder: Path, snapshot: Path) -> None:
    """Compare what is loaded from the folder with the snapshot.

    Raises:
        UserError: they differ.
    """
    images = []
    for path in (snapshot, folder / WEIGHTS):
        generator = load_generator(path)
        images.append(generate(generator, draw_latents(CHECKED, generator.latent_length, 0)))
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    info = json.loads(json.dumps(asdict(read_info(folder / WEIGHTS))))
    same = torch.equal(*map(torch.from_numpy, images))
    if not same or any(config[name] != value for name, value in info.items()):
        raise UserError(f"{folder}: read back, it is not {snapshot}. Check the disk.")
