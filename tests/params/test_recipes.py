"""Recipes are whole, say where they come from, and are what the systems' tables say."""

import shutil
import subprocess
import sys

import pytest
import torch
from settings import ROOT
from train.steppers import make_stepper

from dcgan_core.errors import UserError
from dcgan_core.nets import build_networks
from dcgan_core.params import load_params, parse_size
from dcgan_core.params.recipes import read_recipe, recipe_names

NAMES = recipe_names(ROOT)
PUBLISHED = {
    "tutorial-64",
    "naive-64",
    "clamp-64",
    "flowers-32",
    "mnist-28",
    "safe-128",
    "safe-128-accel",
    "rect-157x128",
    "rect-157x128-asrun",
    "wide-64-bce",
    "wide-64-wgan-gp",
}


OURS = {"best-32", "best-64", "best-128", "best-157x128", "quick-64", "few-64", "gpu-64"}

STARTS = ("train.start_from", "train.start_from_sha256")


def test_all_are_there():
    assert set(NAMES) >= PUBLISHED | OURS


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_whole_and_says_what_it_departs_from(name):
    recipe = read_recipe(name, ROOT)
    shipped = load_params(ROOT / "params.yaml").model_dump()
    wanted = {
        f"{section}.{key}"
        for section in ("model", "train", "objective", "stabilise")
        for key in shipped[section]
    } - {
        "train.snapshots",
        "train.log_every",
        "train.seed",
        "train.execution",
        "model.conditional",
        *STARTS,
    }
    assert wanted | {"sizes", "resize.channels"} == set(recipe.settings)
    assert "Departures:" in recipe.header
    assert len(recipe.title) < 80


COUNTS = {
    "tutorial-64": (3_576_704, 2_765_568),
    "naive-64": (52_448_768, 2_765_568),
    "flowers-32": (952_096, 167_808),
    "mnist-28": (759_680, 138_624),
    "safe-128": (48_772_864, 2_796_928),
    "safe-128-accel": (48_772_864, 2_796_928),
    "rect-157x128": (9_516_672, 6_958_080),
    "rect-157x128-asrun": (9_516_672, 6_958_080),
    "wide-64-bce": (12_658_435, 2_765_633),
}


@pytest.mark.parametrize("name", COUNTS)
def test_networks_have_the_published_numbers_of_parameters(name):
    params = load_params(ROOT / "params.yaml", recipe=name)
    networks = build_networks(params, params.sizes[0])
    assert tuple(sum(p.numel() for p in n.parameters()) for n in networks) == COUNTS[name]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("safe-128", {"train.batch_size": 512, "train.weight_decay": 0.05, "stabilise.noise": 0.2}),
        ("safe-128-accel", {"stabilise.noise": 0, "train.optimizer": "adamw"}),
        ("rect-157x128", {"train.ttur": 10, "objective.real_label": 0.9, "train.batch_size": 32}),
        ("rect-157x128", {"train.lr": 0.0002, "model.dropout": 0.3, "stabilise.noise": 0.1}),
        ("rect-157x128", {"train.fakes": "fresh", "objective.d_loss": "sum"}),
        ("rect-157x128-asrun", {"stabilise.noise_kind": "proportional", "model.init": "default"}),
        ("flowers-32", {"train.batch_size": 128, "train.epochs": 500, "train.fakes": "reused"}),
        ("wide-64-bce", {"objective.d_loss": "mean", "model.init": "kaiming", "train.n_dis": 2}),
        ("wide-64-wgan-gp", {"objective.gradient_penalty": 10, "objective.loss": "wasserstein"}),
        ("few-64", {"stabilise.augment": "ada", "train.schedule": "linear"}),
        ("few-64", {"train.batch_size": 8, "train.images": 24_000, "model.noise_inputs": False}),
        ("few-64", {"objective.r1_gamma": 1, "objective.r2_gamma": 1, "train.ema_decay": 0.998}),
        ("clamp-64", {"objective.weight_clip": 0.01, "train.n_dis": 5, "train.lr": 0.00005}),
    ],
)
def test_the_systems_tables_are_kept(name, expected):
    settings = read_recipe(name, ROOT).settings
    assert {key: settings[key] for key in expected} == expected


def test_quick_64_is_what_is_shipped():
    shipped = load_params(ROOT / "params.yaml")
    assert load_params(ROOT / "params.yaml", recipe="quick-64") == shipped


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_trains(name):
    narrow = {"model.ngf": 2, "model.ndf": 2, "model.latent": 8, "train.batch_size": 4}
    params = load_params(ROOT / "params.yaml", narrow, recipe=name)
    height, width = parse_size(params.sizes[0])
    stepper = make_stepper(params, params.sizes[0])
    rng = torch.Generator().manual_seed(0)
    for _ in range(2):
        record = stepper.step(
            lambda: torch.rand(4, params.resize.channels, height, width, generator=rng) * 2 - 1
        )
    assert all(value.isfinite() for value in record.statistics().values())


def test_an_unknown_recipe_is_told_with_the_nearest():
    with pytest.raises(UserError, match="did you mean safe-128"):
        read_recipe("save-128", ROOT)


@pytest.fixture
def folder(tmp_path):
    """A folder with the settings and recipes alone."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    return tmp_path


def dcgan(folder, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "dcgan_core", "recipe", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["rect-157x128", "mnist-28"])
def test_use_writes_the_recipe_and_keeps_the_comments(folder, name):
    before = (folder / "params.yaml").read_text()
    done = dcgan(folder, "use", name)
    assert done.returncode == 0, done.stderr
    after = (folder / "params.yaml").read_text()
    assert load_params(folder / "params.yaml") == load_params(ROOT / "params.yaml", recipe=name)
    assert len(after.splitlines()) == len(before.splitlines())
    comments = [line.partition("#")[2] for line in before.splitlines()]
    assert [line.partition("#")[2] for line in after.splitlines()] == comments


def test_diff_shows_what_differs_and_nothing_else(folder):
    done = dcgan(folder, "diff", "safe-128", "safe-128-accel")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines == [["safe-128", "safe-128-accel"], ["stabilise.noise", "0.2", "0"]]
    for first in NAMES:
        for second in ("tutorial-64", "best-64"):
            assert set(read_recipe(first, ROOT).settings) == set(read_recipe(second, ROOT).settings)


def test_list_and_show_name_every_recipe_and_its_header(folder):
    assert [line.split()[0] for line in dcgan(folder, "list").stdout.splitlines()] == NAMES
    shown = dcgan(folder, "show", "rect-157x128").stdout
    assert "Zenkov" in shown
    assert "built on tutorial-64" in shown
    assert "train.ttur: 10" in shown


BROKEN = {
    "no title": ("train:\n  lr: 1\n", "must begin with a comment"),
    "comments alone": ("# title\n# more", "is empty"),
    "list": ("# title\n- 1\n", "found list"),
    "itself": ("# title\nextends: broken\n", "extends itself"),
    "round": ("# title\nextends: other\n", "extends itself, by way of broken, other"),
    "extends a number": ("# title\nextends: 3\n", "extends = 3"),
    "extends a file outside": ("# title\nextends: ../params\n", "no recipe '../params'"),
    "not utf-8": (b"# \xff\ntrain: {}\n", "line 1 is not UTF-8"),
    "no yaml": ("# title\ntrain: [\n", "not valid YAML"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_recipe_is_told_in_one_line(folder, name):
    content, words = BROKEN[name]
    (folder / "recipes/other.yaml").write_text("# other\nextends: broken\n")
    content = content if isinstance(content, bytes) else content.encode()
    (folder / "recipes/broken.yaml").write_bytes(content)
    with pytest.raises(UserError, match=r"\.yaml: ") as told:
        read_recipe("broken", folder)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_recipe_may_be_its_comment_and_what_it_extends_without_a_line_end(folder):
    (folder / "recipes/mine.yaml").write_text("# title\nextends: best-64")
    mine, best = read_recipe("mine", folder), read_recipe("best-64", folder)
    assert (mine.settings, mine.title) == (best.settings, "title")


def test_list_names_a_broken_recipe_after_all_others(folder):
    (folder / "recipes/a-broken.yaml").write_text("# title\n- 1\n")
    (folder / "recipes/folder.yaml").mkdir()
    done = dcgan(folder, "list")
    assert [line.split()[0] for line in done.stdout.splitlines()] == NAMES
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "recipes/a-broken.yaml: must hold settings" in done.stderr
    assert "recipes/folder.yaml: is a folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_name_ends_in_one_line(folder):
    done = dcgan(folder, "use", "best")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
