"""Files that say how long something took, which no two runs agree on; and the rest of them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

MEASURED = {
    "results/*/history.csv": ("seconds", "img_per_s"),
    "results/*/run.json": ("seconds", "img_per_s", "peak_memory_bytes"),
    "results/*/training_state.pt": ("seconds", "img_per_s"),
    "results/summary/card-*.md": ("seconds", "img_per_s"),
    "results/summary/report.html": ("seconds", "img_per_s", "peak_memory_bytes"),
}
"""What is measured in a run, by the file that holds it. All other files are the same to the byte in
every run on one machine."""
IN_CARD = re.compile(rb" in \d+ s at [\d.]+ img/s on ")
IN_PAGE = re.compile(rb'<span class="measured">[^<]*</span>')


def measured_in(path: str) -> tuple[str, ...]:
    """What the file at ``path``, from the project's root, holds of times; nothing for most."""
    return next((names for pattern, names in MEASURED.items() if fnmatch(path, pattern)), ())


def without_times(file: Path, names: tuple[str, ...]) -> bytes:
    """The file's content without what was measured.

    Args:
        file: a table, a record, a training state, a model card or the report page.
        names: as :func:`measured_in` gives them.
    """
    content = file.read_bytes()
    if file.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        kept = [{name: row[name] for name in row if name not in names} for row in rows]
        return json.dumps(kept).encode()
    if file.suffix == ".json":
        record = json.loads(content)
        return json.dumps({name: record[name] for name in record if name not in names}).encode()
    if file.suffix == ".pt":
        return _state_without(content, names)
    if file.suffix == ".html":
        return IN_PAGE.sub(b"", content)
    return IN_CARD.sub(b" in - s at - img/s on ", content)


def _state_without(content: bytes, names: tuple[str, ...]) -> bytes:
    """A training state's values, tensors as hashes of their bytes."""
    import torch

    def shown(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            digest = hashlib.sha256(value.contiguous().numpy().tobytes()).hexdigest()
            return [str(value.dtype), [*value.shape], digest]
        if isinstance(value, dict):
            return {str(key): shown(value[key]) for key in value if key not in names}
        return [shown(item) for item in value] if isinstance(value, list) else value

    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return json.dumps(shown(state)).encode()
