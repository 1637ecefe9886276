"""Bad input among the program's own files: snapshots, packs, records, manifests; and settings."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from case import Case, change

BEST = "results/16/best.safetensors"
HEADER = "dcgan_core.generator"
SNAPSHOT = ("dcgan", "sample", BEST)


def _without_receipts(root: Path) -> None:
    """So that the reader itself meets the file, and not the check of what a stage wrote."""
    for receipt in (root / "results/receipts").glob("*.json"):
        receipt.unlink()


def _put(name: str, content: bytes) -> Callable[[Path], None]:
    def build(root: Path) -> None:
        _without_receipts(root)
        (root / name).write_bytes(content)

    return build


def _edit(name: str, change_bytes: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def build(root: Path) -> None:
        _without_receipts(root)
        (path,) = root.glob(name)
        path.write_bytes(change_bytes(path.read_bytes()))

    return build


def _record(name: str, alter: Callable[[Any], object]) -> Callable[[Path], None]:
    def edit(content: bytes) -> bytes:
        record = json.loads(content)
        alter(record)
        return json.dumps(record).encode()

    return _edit(name, edit)


def _snapshot(
    info: dict | None = None, weights: Callable[[Any], Any] = lambda tensor: tensor
) -> Callable[[Path], None]:
    """Change keys of the best snapshot's header, and its first tensor of floats."""

    def build(root: Path) -> None:
        from safetensors import safe_open
        from safetensors.torch import load_file, save_file

        with safe_open(root / BEST, framework="pt") as stream:
            record = json.loads(stream.metadata()[HEADER])
        tensors = load_file(root / BEST)
        first = next(name for name in sorted(tensors) if tensors[name].is_floating_point())
        tensors[first] = weights(tensors[first])
        model = {**record["model"], **(info or {}).get("model", {})}
        record |= {**(info or {}), "model": model}
        save_file(tensors, root / BEST, {HEADER: json.dumps(record)})

    return build


def _settings(edit: Callable[[str], str | bytes]) -> Callable[[Path], None]:
    def build(root: Path) -> None:
        path = root / "params.yaml"
        content = edit(path.read_text(encoding="utf-8"))
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return build


def _folder_for_settings(root: Path) -> None:
    (root / "params.yaml").unlink()
    (root / "params.yaml").mkdir()


def _looping_settings(root: Path) -> None:
    (root / "params.yaml").unlink()
    (root / "params.yaml").symlink_to("params.yaml")


def _recipe(content: bytes) -> Callable[[Path], None]:
    def build(root: Path) -> None:
        (root / "recipes/broken.yaml").write_bytes(content)

    return build


def _npy(order: str, fortran: bool, shape: str) -> bytes:
    text = f"{{'descr': '{order}', 'fortran_order': {fortran}, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(16 * 16 * 3 * 40)


def _exchanged_image(root: Path) -> None:
    _without_receipts(root)
    (manifest,) = root.glob(MANIFEST)
    first, second = (manifest.parent / entry["file"] for entry in _files(manifest)[:2])
    first.write_bytes(second.read_bytes())


def _files(manifest: Path) -> list[dict]:
    return json.loads(manifest.read_text(encoding="utf-8"))["files"]


LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)

SNAPSHOTS = {
    "nan": (_snapshot(weights=lambda t: t * float("nan")), "not finite"),
    "infinite": (_snapshot(weights=lambda t: t / 0), "not finite"),
    "whole-numbers": (_snapshot(weights=lambda t: t.long()), "I64"),
    "half": (_snapshot(weights=lambda t: t.half()), "F16"),
    "other-shape": (_snapshot(weights=lambda t: t[:1].clone()), "its network has"),
    "wide-as-a-million": (
        _snapshot({"size": "16x1000000", "height": 16, "width": 1_000_000}),
        "each side must be",
    ),
    "huge-net": (_snapshot({"model": {"ngf": 1024, "latent": 4096}}), "its network has"),
    "unknown-family": (_snapshot({"model": {"family": "x"}}), "model.family"),
    "unknown-key": (_snapshot({"seed": 3}), "does not know"),
    "text-for-epoch": (_snapshot({"epoch": "three"}), "epoch = 'three'"),
    "cut": (_edit(BEST, lambda content: content[:-7]), "not a readable safetensors"),
    "empty": (_put(BEST, b""), "not a readable safetensors"),
    "header-of-gigabytes": (
        _put(BEST, (10**10).to_bytes(8, "little") + b"{}"),
        "header too large",
    ),
}

PACK = "data/resized/16.npy"
PACKS = {
    "header-bomb": (_put(PACK, _npy("|u1", False, "(1000000000000, 16, 16, 3)")), "damaged"),
    "nested-header": (_put(PACK, b"\x93NUMPY\x01\x00\x88\x13" + b"(" * 5000), "not an image pack"),
    "objects": (_put(PACK, _npy("|O", False, "(5, 16, 16, 3)")), "not images"),
    "fortran": (_put(PACK, _npy("|u1", True, "(40, 16, 16, 3)")), "Fortran order"),
    "big-endian": (_put(PACK, _npy(">f4", False, "(10, 16, 16, 3)")), "not images"),
    "below-zero": (_put(PACK, _npy("|u1", False, "(-40, -16, 16, 3)")), "not images"),
    "fewer-rows": (_put(PACK, _npy("|u1", False, "(40, 16, 16, 3)")), "does not describe"),
}

RESIZED = "data/resized/16.json"
RECORDS = {
    "deep": (_put(RESIZED, b"[" * 100_000), "nested too deeply"),
    "not-utf-8": (_put(RESIZED, b'{"images": "\xff"}'), "not UTF-8"),
    "nan": (_put(RESIZED, b'{"height": NaN}'), "no finite number"),
    "many-digits": (_put(RESIZED, b'{"height": ' + b"9" * 10**6 + b"}"), "digits is too large"),
    "twice": (_put(RESIZED, b'{"height": 16, "height": 16}'), "given twice"),
    "list": (_put(RESIZED, b"[]"), "instead of a record"),
    "without-images": (_record(RESIZED, lambda record: record.pop("images")), 'no "images"'),
    "rows-shuffled": (
        _record(RESIZED, lambda record: record["images"].reverse()),
        "does not describe",
    ),
    "image-null": (
        _record(RESIZED, lambda record: record["images"].insert(0, None)),
        "images[0]: holds None",
    ),
}

MANIFEST = "data/raw/*/manifest.json"
MANIFESTS = {
    "cut": (_edit(MANIFEST, lambda content: content[:-20]), "not a valid JSON"),
    "other-schema": (_record(MANIFEST, lambda record: record.update(schema=9)), "schema 9"),
    "file-outside": (
        _record(MANIFEST, lambda record: record["files"][0].update(file="../../../x")),
        "leaves the folder",
    ),
    "no-hash": (
        _record(MANIFEST, lambda record: record["files"][0].update(sha256="abc")),
        "64 hex digits",
    ),
    "file-a-list": (
        _record(MANIFEST, lambda record: record["files"][0].update(file=["a"])),
        "must be text",
    ),
}

SETTINGS = {
    "empty": (_settings(lambda text: ""), "is empty"),
    "not-utf-8": (_settings(lambda text: text.encode() + b"# \xfc\n"), "not UTF-8"),
    "nul": (_settings(lambda text: text + "\0"), "#x0000"),
    "tab": (_settings(lambda text: text + "x:\n\ty: 1\n"), "line "),
    "deep": (_settings(lambda text: "a: " + "[" * 60_000), "brackets"),
    "deep-blocks": (_settings(lambda text: "- " * 30_000), "nested too deeply"),
    "laughs": (_settings(lambda text: LAUGHS), "aliases"),
    "key-twice": (_settings(lambda text: text + "sizes: [16]\n"), "duplicate key"),
    "folder": (_folder_for_settings, "is a folder"),
    "loop": (_looping_settings, "cannot be read"),
    "infinite": (_settings(lambda text: text.replace("  lr:", "  lr: 1e400 #")), "train.lr = inf"),
    "digits": (
        _settings(lambda text: text.replace("  lr:", "  lr: 1" + "0" * 5000 + " #")),
        "5001",
    ),
    "size-with-a-line": (partial(change, settings={"sizes": ["16\n"]}), r'size "16\n"'),
    "size-in-full-width": (partial(change, settings={"sizes": ["１６"]}), "HEIGHTxWIDTH"),
    "home": (partial(change, settings={"download.path": "~/pictures"}), "home folder"),
}

RECIPES = {
    "list": (_recipe(b"# title\n- 1\n"), "found list"),
    "extends-itself": (_recipe(b"# title\nextends: broken\n"), "extends itself"),
    "not-utf-8": (_recipe(b"# \xff\n"), "not UTF-8"),
    "no-title": (_recipe(b"train: {}\n"), "comment"),
}

NORMALIZE = ("normalize", "--size", "16")
RESIZE = ("resize", "--size", "16")
CASES = [
    *(Case(f"snapshot-{n}", b, SNAPSHOT, (BEST, w), 1) for n, (b, w) in SNAPSHOTS.items()),
    *(Case(f"pack-{n}", b, NORMALIZE, ("16.npy", w)) for n, (b, w) in PACKS.items()),
    *(Case(f"record-{n}", b, NORMALIZE, ("16.json", w)) for n, (b, w) in RECORDS.items()),
    *(Case(f"manifest-{n}", b, RESIZE, ("manifest.json", w)) for n, (b, w) in MANIFESTS.items()),
    *(Case(f"settings-{n}", b, NORMALIZE, ("params.yaml", w)) for n, (b, w) in SETTINGS.items()),
    *(
        Case(f"recipe-{n}", b, ("dcgan", "recipe", "list"), ("broken.yaml", w), 1)
        for n, (b, w) in RECIPES.items()
    ),
    Case("raw-image-exchanged", _exchanged_image, RESIZE, ("data/raw", "was changed")),
]
