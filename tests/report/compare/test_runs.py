"""Where runs are found: the workspace, folders, experiments, revisions."""

import json

import pytest
from report.compared import commit_run, git, write_run
from report.records import fidelity_record

from dcgan_core.errors import UserError
from dcgan_core.report.compare.runs import common_sizes, places, read_place


def record(coverage):
    found = fidelity_record()
    best = found["references"]["this_distribution"]["rows"]["best"]["coverage"]
    best |= {"value": coverage, "low": coverage - 0.01, "high": coverage + 0.01}
    return found


def coverage_of(run):
    return run.record["references"]["this_distribution"]["rows"]["best"]["coverage"]["value"]


@pytest.fixture
def history(tmp_path):
    """A repository whose first commit has coverage .1, its experiment .2, its second commit .3."""
    root = tmp_path / "project"
    commits = []
    for coverage in (0.1, 0.2, 0.3):
        write_run(root / "results", record(coverage), {"train": {"lr": coverage}})
        commits.append(commit_run(root))
    first, experiment, _ = commits
    git(root, "tag", "first", first)
    git(root, "update-ref", f"refs/exps/{first[:2]}/{first[2:]}/wild-oats", experiment)
    write_run(root / "results", record(0.4))
    return root


@pytest.mark.parametrize(
    ("name", "coverage", "words"),
    [
        ("first", 0.1, "revision "),
        ("wild-oats", 0.2, "experiment "),
        ("main", 0.3, "revision "),
        ("HEAD~1", 0.2, "revision "),
        ("workspace", 0.4, "workspace"),
        (".", 0.4, "workspace"),
        ("results", 0.4, "folder"),
        ("results/16", 0.4, "folder"),
    ],
)
def test_each_kind_of_name_finds_its_own_run(history, name, coverage, words):
    with places([name], history) as (place,):
        run = read_place(place, "16")
        assert coverage_of(run) == coverage
        assert run.words.startswith(words)
        assert run.settings["train.lr"] == (0.0005 if coverage == 0.4 else coverage)
        assert "x.y" not in run.settings
        assert run.images == {"test": "0" * 64}
    assert git(history, "status", "--porcelain") == ""


def test_another_projects_folder_is_one_too(history, tmp_path):
    with places([str(history)], tmp_path) as (place,):
        assert coverage_of(read_place(place, "16")) == 0.4


def test_a_folder_without_receipts_has_no_known_settings(history):
    for receipt in (history / "results/receipts").iterdir():
        receipt.unlink()
    with places(["."], history) as (place,):
        run = read_place(place, "16")
    assert run.settings == run.images == {}


def test_what_is_not_there_is_told_with_what_is_near(history):
    for name, words in (
        ("wild-oat", "did you mean wild-oats"),
        ("mian", "did you mean main"),
        ("-x", "no DVC experiment and no git revision"),
        ("a\nb", "no DVC experiment"),
    ):
        with pytest.raises(UserError, match=words) as told, places([name], history):
            pass
        assert "\n" not in str(told.value)


def test_two_experiments_of_one_name_are_told_apart_by_their_commits(history):
    head, first = git(history, "rev-parse", "HEAD"), git(history, "rev-parse", "first")
    git(history, "update-ref", f"refs/exps/{head[:2]}/{head[2:]}/wild-oats", first)
    with pytest.raises(UserError, match=first[:10]), places(["wild-oats"], history):
        pass


def test_a_result_that_the_cache_lacks_is_named_with_how_to_bring_it(history):
    lock = json.loads(git(history, "show", "HEAD~1:dvc.lock"))
    outs = {out["path"]: out["md5"] for out in lock["stages"]["all"]["outs"]}
    md5 = outs["results/16/fidelity.json"]
    (history / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    for name, remedy in (("wild-oats", "dvc exp pull"), ("HEAD~1", "dvc fetch --all-commits")):
        with (
            pytest.raises(UserError, match=rf"results/16/fidelity\.json is not in.*{remedy}"),
            places([name], history),
        ):
            pass


def test_a_revision_without_results_is_told(history):
    git(history, "checkout", "-q", "--orphan", "empty")
    git(history, "rm", "-q", "--cached", "dvc.lock")
    (history / "dvc.lock").unlink()
    git(history, "commit", "-q", "-m", "nothing", "--allow-empty")
    with pytest.raises(UserError, match=r"empty: has no dvc\.lock"), places(["empty"], history):
        pass


def test_a_damaged_file_of_a_revision_is_named_as_git_names_it(history):
    write_run(history / "results", {**record(0.1), "schema": 1})
    commit_run(history)
    with (
        pytest.raises(UserError, match=r"^HEAD:results/16/fidelity\.json: schema 1"),
        places(["HEAD"], history) as (place,),
    ):
        read_place(place, "16")


def test_sizes_that_all_have(history):
    with places(["main", "workspace"], history) as found:
        assert common_sizes(found) == common_sizes(found, "16") == ["16"]
        with pytest.raises(UserError, match="main: has no size 32; it has 16"):
            common_sizes(found, "32")
        (history / "results/16").rename(history / "results/32")
    with (
        pytest.raises(UserError, match="no size in common"),
        places(["main", "workspace"], history) as found,
    ):
        common_sizes(found)
