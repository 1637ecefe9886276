"""Snakemake and DVC hold the same graph, and call the same stages out of date."""

import re

import pytest
import yaml
from project import jobs_listed
from settings import ROOT

from dcgan_core import stages
from dcgan_core.stages.imports import Sources
from dcgan_core.stages.reach import code_of

DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


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
    outputs = {in_dvc_words(output.path) for output in stage.outputs.values()}
    assert dvc_outputs(stage.name) == {
        *outputs,
        in_dvc_words(stages.key_folder(stage, "{size}")),
        in_dvc_words(stages.receipt_file(stage, "{size}")),
    }
    assert entry.get("params", []) == list(stage.sections)
    assert entry.get("matrix") == ({"size": "${sizes}"} if stage.sized else None)
    command = f"python {stage.script}" + (" --size ${item.size}" if stage.sized else "")
    assert entry["cmd"] == command
    code = set(code_of(stage.script, Sources(ROOT)))
    assert code <= set(entry["deps"])
    rest = set(entry["deps"]) - code
    if stage.name == "source":
        assert rest == {"${download.path}"}
    elif stage.name == "summary":
        assert rest == {stages.KEYS}
    else:
        upstream = [stages.STAGES[name] for name in stage.upstream]
        keys = {in_dvc_words(stages.key_folder(before, "{size}")) for before in upstream}
        read = {
            in_dvc_words(stages.STAGES[name].outputs[output].path)
            for name, _, output in (read.partition(".") for read in stage.reads)
            if output
        }
        assert rest == keys | read


def test_a_stage_reads_what_an_earlier_one_leaves():
    before: dict[str, stages.Stage] = {}
    for stage in stages.STAGES.values():
        for read in stage.reads:
            name, _, output = read.partition(".")
            assert name in before, f"{stage.name} reads {read}"
            assert not output or output in before[name].outputs, f"{stage.name} reads {read}"
        before[stage.name] = stage


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


def test_the_rules_of_snakemake_leave_what_the_stage_table_says(built):
    params = built.params()
    left: dict[str, set[str]] = {name: set() for name in stages.STAGES}
    for line in built.snakemake("--detailed-summary").splitlines():
        path, rule = line.split("\t")[0:3:2] if line.count("\t") == 7 else ("", "")
        if rule in left and stages.KEYS not in path and "summary.key" not in path:
            left[rule].add(path)
    table = {
        name: {str(path) for path in stage.paths(params, "16" if stage.sized else None).values()}
        for name, stage in stages.STAGES.items()
    }
    assert left == table


SIZED = {f"{name}@16" for name, stage in stages.STAGES.items() if stage.sized}
ALL = {"source", "download", *SIZED, "summary"}
RAW = {"source", "download"}
AFTER_TRAIN = ALL - RAW - {"resize@16", "normalize@16", "train@16"}
MUTATIONS = {
    "gif.frame_ms": (40, {"gif@16", "summary"}),
    "sample.seed": (9, {"sample@16", "summary"}),
    "parzen.centers": (33, {"parzen@16", "summary"}),
    "fidelity.neighbors": (3, {"fidelity@16", "sample@16", "explorer@16", "summary"}),
    "train.lr": (0.001, {"train@16"} | AFTER_TRAIN),
    "model.ndf": (5, {"train@16"} | AFTER_TRAIN),
    "normalize.test": (0.2, ALL - {*RAW, "resize@16"}),
    "resize.filter": ("box", ALL - RAW),
    "clean.min_side": (17, ALL - RAW),
    "download.seed": (4, ALL),
    "sizes": (["16", "20x16"], {n.replace("@16", "@20x16") for n in ALL - RAW}),
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


UNUSED = {"download.style": "planets", "download.path": "docs"}
"""Settings that the source ``earth`` does not read."""


@pytest.mark.parametrize("name", UNUSED)
def test_a_setting_that_the_source_does_not_read_reruns_nothing(project, name):
    images = (project.root / "data/raw/earth/manifest.json").stat().st_mtime_ns
    project.change({name: UNUSED[name]})
    assert project.pending_in_snakemake() == set()
    project.dvc("repro", "source")
    check_mutation(project, set())
    assert (project.root / "data/raw/earth/manifest.json").stat().st_mtime_ns == images


def test_keys_of_a_size_that_is_taken_out_are_parked_and_come_back(tiny, tmp_path):
    two, one = tiny({"sizes": ["16", "20"]}), tiny()
    keys = {name: f"key-{name}" for name in stages.STAGES}
    for name, stage in stages.STAGES.items():
        for size in ["16", "20"] if stage.sized else [None]:
            stages.sign(stage, size, keys[name], tmp_path)
    signed = {path.name for path in (tmp_path / stages.KEYS).iterdir()}
    stages.park(one, tmp_path)
    left = {path.name for path in (tmp_path / stages.KEYS).iterdir()}
    assert left == {name for name in signed if not name.endswith("@20")}
    stages.unpark(two, {**keys, "gif": "another"}, tmp_path)
    back = {path.name for path in (tmp_path / stages.KEYS).iterdir()}
    assert back == signed - {"gif@20"}


def test_own_images_that_change_are_noticed_where_they_are_read(project):
    own = project.root / "data/own/note.txt"
    own.write_text("x")
    assert project.pending_in_snakemake() == set()
    project.dvc("repro", "source")
    check_mutation(project, set())
    project.change({"download.source": "folder"})
    assert project.pending_in_snakemake() == ALL
    before = stages.stage_keys(project.params(), project.root)["source"]
    own.write_text("y")
    assert stages.stage_keys(project.params(), project.root)["source"] != before


@pytest.mark.slow
def test_a_size_that_is_taken_out_leaves_no_trace(project, tmp_path):
    """The summary depends on the folder of keys, where a clone has those of its sizes alone."""
    project.change({"sizes": ["16", "20x16"]})
    project.snakemake()
    project.change({"sizes": ["16"]})
    project.snakemake()
    project.commit("one size again")
    project.dvc("push")
    clone = project.clone(tmp_path / "clone")
    clone.dvc("pull")
    check_mutation(clone, set())
    # And it costs no second training when it is asked for again.
    project.change({"sizes": ["16", "20x16"]})
    assert project.pending_in_snakemake() == {"summary"}


@pytest.mark.parametrize("target", ["train_all", "fidelity_all"])
def test_one_stage_at_every_size_can_be_asked_for(project, target):
    project.change({"train.lr": 0.001})
    stage = target.removesuffix("_all")
    jobs = jobs_listed(project.snakemake("--dry-run", target))
    assert jobs == {"train@16", f"{stage}@16"}


def test_snakemake_stops_after_a_stage_when_told_to(project):
    project.change({"train.lr": 0.001})
    assert jobs_listed(project.snakemake("--dry-run", "--until", "train")) == {"train@16"}


def test_where_a_job_runs_is_no_part_of_a_key(built):
    listing = built.snakemake("--dry-run", "--cores", "1", "--set-resources", "train:mem_mb=1")
    assert "Nothing to be done" in listing
