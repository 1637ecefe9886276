"""Snakemake and DVC hold the same graph, and call the same stages out of date."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from settings import ROOT

from dcgan_core import stages

DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
SNAKEFILE = (ROOT / "Snakefile").read_text()


def dvc_outputs(name: str) -> set[str]:
    listed = []
    for kind in ("outs", "plots", "metrics"):
        listed += DVC[name].get(kind, [])
    return {next(iter(item)) if isinstance(item, dict) else item for item in listed}


def in_dvc_words(path: str) -> str:
    return path.replace("{size}", "${item.size}").replace("{source}", "${download.source}")


@pytest.mark.parametrize("stage", stages.STAGES.values(), ids=lambda stage: stage.name)
def test_dvc_yaml_says_what_the_stage_table_says(stage):
    entry = DVC[stage.name]
    key_folder = in_dvc_words(stage.key_folder("{size}"))
    assert dvc_outputs(stage.name) == {*map(in_dvc_words, stage.outputs), key_folder}
    assert entry["params"] == list(stage.sections)
    assert entry.get("matrix") == ({"size": "${sizes}"} if stage.sized else None)
    command = f"python {stage.script}" + (" --size ${item.size}" if stage.sized else "")
    assert entry["cmd"] == command
    deps = set(entry["deps"])
    assert set(stage.code_paths()) <= deps
    rest = deps - set(stage.code_paths())
    if stage.name == "download":
        assert rest == {"${download.path}"}
    elif stage.name == "summary":
        assert rest == {stages.KEYS}
    else:
        upstream = [stages.STAGES[name] for name in stage.upstream]
        keys = {in_dvc_words(before.key_folder("{size}")) for before in upstream}
        files = {in_dvc_words(path) for before in upstream for path in before.outputs}
        assert keys <= rest
        assert rest - keys <= files
        assert rest - keys


def test_the_dag_of_snakemake_is_the_stage_table(built):
    listing = built.snakemake("--forceall", "--rulegraph")
    labels = dict(re.findall(r'(\d+)\[label = "(\w+)"', listing))
    edges = {
        (labels[a], labels[b])
        for a, b in re.findall(r"(\d+) -> (\d+)", listing)
        if labels[b] != "all"
    }
    table = {(up, stage.name) for stage in stages.STAGES.values() for up in stage.upstream}
    assert edges == table


def imports_of(path: Path) -> set[Path]:
    """Files of the package that a file imports, at any depth of its code."""
    package = ROOT / stages.CORE
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            base = path.parent
            for _ in range(node.level - 1):
                base = base.parent
        elif (node.module or "").split(".")[0] == "dcgan_core":
            base = package.parent
        else:
            continue
        target = base.joinpath(*(node.module or "").split(".")) if node.module else base
        for name in [None, *(alias.name for alias in node.names)]:
            for candidate in (target / (name or ""), target):
                for file in (candidate.with_suffix(".py"), candidate / "__init__.py"):
                    if file.is_file():
                        found.add(file)
    return found


@pytest.mark.parametrize("stage", stages.STAGES.values(), ids=lambda stage: stage.name)
def test_a_stage_declares_all_code_that_its_script_reaches(stage):
    package = ROOT / stages.CORE
    reached, todo = set(), [ROOT / stage.script]
    while todo:
        for file in imports_of(todo.pop()):
            if file not in reached:
                reached.add(file)
                todo.append(file)
    declared = {*stage.code, *stages.PLUMBING}
    if stage.name == "train":
        declared |= set(stages.VIEWING)
    names = {file.relative_to(package).as_posix() for file in reached}
    covered = {
        name
        for name in names
        if any(name == path or name.startswith(f"{path}/") for path in declared)
        # A package's docstring-only __init__ is no logic.
        or (
            name.endswith("/__init__.py") and len(ast.parse((package / name).read_text()).body) == 1
        )
    }
    assert names == covered, f"{stage.name} also uses {sorted(names - covered)}"
    unused = {
        path for path in stage.code if not any(n == path or n.startswith(f"{path}/") for n in names)
    }
    assert not unused, f"{stage.name} declares {unused} and does not use it"


ALL = {"download", *(f"{s}@16" for s in stages.STAGES if stages.STAGES[s].sized), "summary"}
AFTER_TRAIN = {"sample@16", "gif@16", "parzen@16", "fidelity@16", "summary"}
MUTATIONS = {
    "gif.frame_ms": (40, {"gif@16", "summary"}),
    "sample.seed": (9, {"sample@16", "summary"}),
    "parzen.centers": (33, {"parzen@16", "summary"}),
    "fidelity.neighbors": (3, {"fidelity@16", "summary"}),
    "train.lr": (0.001, {"train@16"} | AFTER_TRAIN),
    "model.ndf": (5, {"train@16"} | AFTER_TRAIN),
    "normalize.test": (0.2, ALL - {"download", "resize@16"}),
    "resize.filter": ("box", ALL - {"download"}),
    "clean.min_side": (17, ALL - {"download"}),
    "download.seed": (4, ALL),
    "sizes": (["16", "20x16"], {n.replace("@16", "@20x16") for n in ALL - {"download"}}),
}
QUICK = ("gif.frame_ms", "train.lr", "sizes")


def check_mutation(project, expected):
    assert project.pending_in_snakemake() == expected
    assert project.pending_in_dvc() == expected


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in MUTATIONS]
)
def test_a_changed_setting_reruns_the_same_stages_in_both(project, name):
    value, expected = MUTATIONS[name]
    project.change({name: value})
    check_mutation(project, expected)


CODE = {
    "src/dcgan_core/report/page.py": {"summary"},
    "src/dcgan_core/report/curves.py": {"parzen@16", "fidelity@16", "summary"},
    "src/dcgan_core/evaluate/fidelity.py": {"parzen@16", "fidelity@16", "summary"},
    "src/dcgan_core/sample/grid.py": AFTER_TRAIN,
    "src/dcgan_core/train/loop.py": {"train@16"} | AFTER_TRAIN,
    "src/dcgan_core/data/pack.py": ALL - {"download"},
    "src/dcgan_core/data/sources/earth.py": ALL,
    "workflow/scripts/gif.py": {"gif@16", "summary"},
    "src/dcgan_core/progress.py": set(),
    "src/dcgan_core/device/cuda.py": set(),
}
QUICK_CODE = ("src/dcgan_core/report/curves.py", "src/dcgan_core/sample/grid.py")


@pytest.mark.parametrize(
    "path", [p if p in QUICK_CODE else pytest.param(p, marks=pytest.mark.slow) for p in CODE]
)
def test_changed_code_reruns_the_same_stages_in_both(project, path):
    file = project.root / path
    file.write_text(file.read_text() + "\n# changed\n")
    check_mutation(project, CODE[path])


def test_own_images_that_change_are_noticed_by_both(project):
    (project.root / "data/own/note.txt").write_text("x")
    check_mutation(project, ALL)
    (project.root / "data/own/note.txt").unlink()
    check_mutation(project, set())


def test_where_a_job_runs_is_no_part_of_a_key(built):
    listing = built.snakemake("--dry-run", "--cores", "1", "--set-resources", "train:mem_mb=1")
    assert "Nothing to be done" in listing
