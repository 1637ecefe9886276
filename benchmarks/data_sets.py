"""Data sets that several benchmarks train on, prepared once and kept."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def prepare(name: str, size: str, channels: int, folder: Path) -> Path:
    """Download, resize and normalize one data set; returns its folder of splits."""
    from dcgan_core.data.normalize import normalize
    from dcgan_core.data.resize import resize
    from dcgan_core.data.sources import fetch
    from dcgan_core.params import load_params, parse_size

    source, _, path = name.partition("=")
    changes = {"resize.channels": channels}
    changes |= (
        {"download.source": "archive", "download.path": path}
        if path
        else {"download.source": source}
    )
    params = load_params(ROOT / "params.yaml", changes)
    raw = folder / f"{source}-raw"
    if not raw.exists():
        fetch(params.download, raw, folder / "downloads")
    base = folder / f"{source}-{size}-{channels}"
    target = base / "normalized"
    if not target.exists():
        base.mkdir(exist_ok=True)
        pack, record, sheet = base / "pack.npy", base / "pack.json", base / "dropped.png"
        resize(raw, pack, record, sheet, parse_size(size), params.resize, params.clean)
        normalize(pack, record, target, params.normalize)
    return target
