"""Which code is in whose key, against an import graph that another library builds."""

import shutil
from functools import cache

import grimp
import pytest
import yaml
from settings import ROOT

from dcgan_core import stages
from dcgan_core.params import load_params
from dcgan_core.stages.imports import Sources
from dcgan_core.stages.reach import (
    EXCEPTIONS,
    FETCHING,
    OF_ONE_STAGE,
    PACKAGE,
    SCRIPTS,
    VIEWING,
    code_of,
    is_excepted,
)

# Weights are known by the hash that the module beside them has, which refuses any others.
NO_CODE = (".safetensors", ".typed")
GRAPH = grimp.build_graph("dcgan_core", exclude_type_checking_imports=True, cache_dir=None)
MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / PACKAGE).rglob("*")
    if path.is_file() and path.suffix not in NO_CODE and "__pycache__" not in path.parts
)
PARAMS = load_params(ROOT / "params.yaml")
WATCHED = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def file_of(module: str) -> str:
    stem = f"src/{module.replace('.', '/')}"
    return f"{stem}.py" if (ROOT / f"{stem}.py").is_file() else f"{stem}/__init__.py"


def beside(module: str) -> set[str]:
    """What a module may reach by a name it looks up at run time."""
    if "import_module(f" not in (ROOT / file_of(module)).read_text():
        return set()
    package = module if file_of(module).endswith("__init__.py") else module.rpartition(".")[0]
    return {name for name in GRAPH.modules if name.rpartition(".")[0] == package}


def data_of(module: str) -> set[str]:
    """What is beside the code of a package: templates and the like."""
    file = ROOT / file_of(module)
    beside = file.parent.iterdir() if file.name == "__init__.py" else []
    return {
        path.relative_to(ROOT).as_posix()
        for path in beside
        if path.is_file() and path.suffix not in (".py", *NO_CODE)
    }


def above(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


@cache
def expected(name: str) -> set[str]:
    """Files that the stage's script imports, however deep, by grimp's account."""
    stage = stages.STAGES[name]
    excepted = {**EXCEPTIONS, **OF_ONE_STAGE.get(stage.script, {})}
    seeds = {
        module
        for module in GRAPH.modules
        for line in (ROOT / stage.script).read_text().splitlines()
        if line.strip().startswith(f"from {module} import ")
    }
    found, todo = set(), seeds
    while todo:
        module = todo.pop()
        if file_of(module) in found or is_excepted(file_of(module), excepted):
            continue
        found |= {file_of(module)} | data_of(module)
        todo |= GRAPH.find_modules_directly_imported_by(module) | beside(module) | above(module)
    return {stage.script, *found}


@pytest.mark.parametrize("stage", stages.STAGES.values(), ids=lambda stage: stage.name)
def test_the_code_in_a_key_is_what_the_script_reaches(stage):
    assert set(code_of(stage.script, Sources(ROOT))) == expected(stage.name)


def test_every_exception_is_there_and_has_its_reason():
    for path, reason in {**EXCEPTIONS, **VIEWING, **FETCHING}.items():
        assert (ROOT / path).exists(), path
        assert len(reason.split()) > 3, path


def test_the_training_previews_are_no_output_and_reach_no_other_stage():
    assert f"{PACKAGE}/train/outputs/preview.py" not in code_of(
        f"{SCRIPTS}/train.py", Sources(ROOT)
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("copy")
    for folder in (PACKAGE, SCRIPTS):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "params.yaml", root)
    return root


@pytest.fixture(scope="module")
def keys_before(copy):
    return stages.stage_keys(PARAMS, copy)


def with_followers(changed: set[str]) -> set[str]:
    for name, stage in stages.STAGES.items():
        if changed & set(stage.upstream):
            changed = {*changed, name}
    return changed


@pytest.mark.parametrize("module", MODULES)
def test_a_changed_module_changes_the_keys_of_the_stages_that_reach_it(copy, keys_before, module):
    """In the keys, which Snakemake goes by, and in what DVC watches."""
    file = copy / module
    text = file.read_text()
    file.write_text(text + "\n")
    try:
        after = stages.stage_keys(PARAMS, copy)
    finally:
        file.write_text(text)
    reaching = {name for name in stages.STAGES if module in expected(name)}
    assert {name for name in after if after[name] != keys_before[name]} == with_followers(reaching)
    assert {name for name, entry in WATCHED.items() if module in entry["deps"]} == reaching


@pytest.mark.slow
def test_both_engines_rerun_the_stages_that_reach_a_changed_module(project):
    """Every module in turn, asked of Snakemake and DVC themselves: some ten minutes."""
    wrong = []
    for module in MODULES:
        reaching = {name for name in stages.STAGES if module in expected(name)}
        wanted = {
            f"{name}@16" if stages.STAGES[name].sized else name for name in with_followers(reaching)
        }
        file = project.root / module
        text = file.read_text()
        file.write_text(text + "\n")
        found = {project.pending_in_snakemake() == wanted, project.pending_in_dvc() == wanted}
        file.write_text(text)
        if found != {True}:
            wrong.append(module)
    assert not wrong
