"""JSON with one line for each image, which people and ``diff`` can read."""

from __future__ import annotations

import json


def dump(record: dict, *lists: str) -> str:
    """``record`` as JSON text: one line a key, and one an element of the keys in ``lists``."""
    lines = []
    for key, value in record.items():
        if key in lists and value:
            rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            text = f"[\n{rows}\n ]"
        else:
            text = json.dumps(value, ensure_ascii=False)
        lines.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
