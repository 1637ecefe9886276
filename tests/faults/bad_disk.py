"""What lies where results should go: folders, files and links of somebody else, and leftovers."""

from collections.abc import Callable
from pathlib import Path

from case import Case
from project import Project

from dcgan_core.files import remove
from dcgan_core.stages import STAGES

Build = Callable[[Path], None]


def _path(root: Path, stage: str, output: str) -> Path:
    size = "16" if STAGES[stage].sized else None
    return root / STAGES[stage].paths(Project(root).params(), size)[output]


def _command(stage: str) -> tuple[str, ...]:
    return (stage, "--size", "16") if STAGES[stage].sized else (stage,)


def _mine(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("years of work")


def _a_folder(stage: str, output: str) -> Build:
    def build(root: Path) -> None:
        path = _path(root, stage, output)
        remove(path)
        _mine(path)

    return build


def _a_file(stage: str, output: str) -> Build:
    def build(root: Path) -> None:
        path = _path(root, stage, output)
        remove(path)
        path.write_text("years of work")

    return build


def _a_link(path: str, leads_to: str) -> Build:
    def build(root: Path) -> None:
        place = root / path
        remove(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        (root / "big").mkdir()
        (root / "big/file").write_text("")
        place.symlink_to(root / leads_to)

    return build


def _instead_of(path: str, make: Build) -> Build:
    def build(root: Path) -> None:
        remove(root / path)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        make(root / path)

    return build


def _leftover(path: str, kind: str) -> Build:
    """What a killed process left of a target."""

    def build(root: Path) -> None:
        part = (root / path).with_name(f".{Path(path).name}.part-7")
        if kind == "file":
            part.write_text("half")
            return
        part.mkdir()
        (part / "half").write_text("half")
        if kind == "locked once":
            (part / "lock").write_text("")

    return build


FILES = [
    (stage.name, name)
    for stage in STAGES.values()
    for name, output in stage.outputs.items()
    if output.mark is None
]
FOLDERS = [
    (stage.name, name)
    for stage in STAGES.values()
    for name, output in stage.outputs.items()
    if output.mark is not None
]
SAMPLE = ("dcgan", "sample", "--size", "16")
LATENT = "results/16/latent"
LINKS = {
    "folder": ("data/normalized/16", "big", "normalize"),
    "file": ("results/16/samples.png", "big/file", "sample"),
    "to-nothing": ("results/16/training.gif", "gone/x.gif", "gif"),
    "to-itself": ("results/metrics.json", "results/metrics.json", "summary"),
    "snapshots": ("results/16/snapshots", "big", "train"),
}

CASES = [
    *(
        Case(
            f"place-{stage}-{output}-is-a-folder",
            _a_folder(stage, output),
            _command(stage),
            ("is a folder", "Move the folder away"),
        )
        for stage, output in FILES
    ),
    *(
        Case(
            f"place-{stage}-{output}-is-somebody-elses",
            _a_folder(stage, output),
            _command(stage),
            ("holds mine.txt", "Move it away"),
        )
        for stage, output in FOLDERS
    ),
    *(
        Case(
            f"place-{stage}-{output}-is-a-file",
            _a_file(stage, output),
            _command(stage),
            ("is a file", "Move the file away"),
        )
        for stage, output in FOLDERS
    ),
    *(
        Case(
            f"place-link-{name}", _a_link(path, to), _command(stage), (path, "is a link", "Remove")
        )
        for name, (path, to, stage) in LINKS.items()
    ),
    *(
        Case(
            f"place-leftover-{kind.replace(' ', '-')}",
            _leftover("results/16/samples.png", kind),
            ("sample", "--size", "16"),
            (),
            status=0,
        )
        for kind in ("file", "folder", "locked once")
    ),
    Case(
        "place-leftover-of-another-output",
        _leftover("results/receipts/sample@16.json", "folder"),
        ("sample", "--size", "16"),
        (),
        status=0,
    ),
    Case(
        "place-dcgan-picture-is-a-folder",
        _instead_of(f"{LATENT}/samples.png", _mine),
        SAMPLE,
        ("samples.png", "is a folder"),
        status=1,
    ),
    Case(
        "place-dcgan-picture-is-a-link-to-nothing",
        _a_link(f"{LATENT}/samples.png", "gone/x.png"),
        SAMPLE,
        ("samples.png", "is a link to", "not there"),
        status=1,
    ),
    Case(
        "place-dcgan-folder-is-a-file",
        _instead_of(LATENT, lambda path: path.write_text("years of work")),
        SAMPLE,
        ("latent", "is a file"),
        status=1,
    ),
    Case(
        "place-dcgan-picture-is-a-link",
        _a_link(f"{LATENT}/samples.png", "big/file"),
        SAMPLE,
        (),
        status=0,
    ),
    *(
        Case(
            f"place-of-the-programs-{name}-is-a-file",
            _instead_of(path, lambda path: path.write_text("")),
            ("sample", "--size", "16"),
            (path, "is a file"),
        )
        for name, path in (("keys", "results/keys"), ("receipts", "results/receipts"))
    ),
]
