"""Push, delete everything local, pull: both engines find all in place, for each kind of remote."""

import shutil
from pathlib import Path

import pytest
from addons import CannotBuild, clients, s3_server
from project import ENVIRONMENT, Project
from servers import CannotStart, s3, sshd

from dcgan_core.files import sha256_file

LOCAL = ("data", "results", "logs", "benchmarks/results", ".snakemake", ".dcgan", ".dvc/cache")
KEPT = "data/own"
"""In git, unlike the rest of data."""


@pytest.fixture
def apart(project, tmp_path) -> Project:
    """A finished project whose DVC has nothing outside it: no settings, no caches, no keys."""
    home = tmp_path / "home"
    home.mkdir()
    hidden = {name: value for name, value in ENVIRONMENT.items() if name != "SSH_AUTH_SOCK"}
    project.environment = {
        **hidden,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "DVC_SITE_CACHE_DIR": str(tmp_path / "site-cache"),
    }
    return project


@pytest.fixture
def with_clients(apart) -> Project:
    """The same, with DVC's parts for SSH and S3."""
    try:
        apart.environment["PYTHONPATH"] = str(clients())
    except CannotBuild as reason:
        pytest.skip(str(reason))
    return apart


def contents(project: Project) -> dict[str, str]:
    """Every tracked output to its sha256."""
    files = [
        path
        for folder in ("data/raw", "data/resized", "data/normalized", "results")
        for path in (project.root / folder).rglob("*")
        if path.is_file() and path.name != ".snakemake_timestamp"
    ]
    return {str(path.relative_to(project.root)): sha256_file(path) for path in files}


def cached(project: Project) -> set[str]:
    """The contents in DVC's cache, as remotes name them; its record of runs is not pushed."""
    return names(project.root / ".dvc/cache", "files")


def names(folder: Path, below: str = ".") -> set[str]:
    """All files below a folder, named from it."""
    files = (path for path in (folder / below).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in files}


def forget(project: Project) -> None:
    """Delete all that a fresh clone would not have, in the project and beside it."""
    own = project.root / KEPT
    aside = shutil.copytree(own, project.root.parent / "aside")
    for name in LOCAL:
        shutil.rmtree(project.root / name)
    shutil.copytree(aside, own)
    shutil.rmtree(project.root / ".dvc/tmp")
    shutil.rmtree(project.environment["DVC_SITE_CACHE_DIR"])
    assert project.git("status", "--porcelain") == ""


def comes_back_whole(project: Project) -> None:
    """Push, forget, pull; both engines have nothing to do, and the bytes are the same."""
    before = contents(project)
    assert "results/metrics.json" in before
    project.dvc("push")
    forget(project)
    assert project.pending_in_dvc()
    project.dvc("pull")
    assert contents(project) == before
    assert "Nothing to be done" in project.snakemake("--dry-run")
    assert project.pending_in_dvc() == set()
    assert "up to date" in project.dvc("status")


def default_remote(project: Project, url: str, **options: object) -> None:
    """What docs/remotes.md says to type."""
    project.dvc("remote", "add", "--local", "--default", "--force", "elsewhere", url)
    for name, value in options.items():
        project.dvc("remote", "modify", "--local", "elsewhere", name, str(value))


def test_a_folder(apart, tmp_path):
    folder = tmp_path / "remote"
    default_remote(apart, str(folder))
    expected = cached(apart)
    comes_back_whole(apart)
    assert names(folder) == expected


@pytest.fixture
def ssh(tmp_path):
    folder = tmp_path / "ssh"
    folder.mkdir()
    try:
        with sshd(folder) as server:
            yield server
    except CannotStart as reason:
        pytest.skip(str(reason))


@pytest.mark.slow
def test_ssh(with_clients, ssh, tmp_path):
    folder = tmp_path / "remote"
    # HOME has no known_hosts: DVC asks for none, as docs/remotes.md warns.
    url = f"ssh://{ssh.user}@127.0.0.1:{ssh.port}{folder}"
    default_remote(with_clients, url, keyfile=ssh.keyfile)
    expected = cached(with_clients)
    comes_back_whole(with_clients)
    assert names(folder) == expected


@pytest.fixture
def bucket(tmp_path):
    folder = tmp_path / "s3"
    folder.mkdir()
    try:
        with s3(s3_server(), folder) as server:
            server.bucket("dcgan")
            yield server
    except (CannotBuild, CannotStart) as reason:
        pytest.skip(str(reason))


@pytest.mark.slow
def test_s3(with_clients, bucket):
    default_remote(
        with_clients,
        "s3://dcgan/runs",
        endpointurl=bucket.endpoint,
        access_key_id="anyone",
        secret_access_key="anything",
        region="us-east-1",
    )
    expected = cached(with_clients)
    comes_back_whole(with_clients)
    assert {name.removeprefix("runs/") for name in bucket.names("dcgan")} == expected
