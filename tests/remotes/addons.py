"""Packages that the lock file has not, in folders of their own, kept between test runs.

Nothing is installed into the environment that runs the tests.
"""

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from settings import ROOT

CLIENTS = ("dvc-ssh==4.3.0", "dvc-s3==3.3.0")
"""What ``dvc`` needs for these remotes; docs/remotes.md names the same versions."""
S3_SERVER = ("moto[server]==5.2.5",)


class CannotBuild(Exception):
    """Why the packages are not to be had."""


def clients() -> Path:
    """A folder for PYTHONPATH with DVC's parts for SSH and S3, and without what is here already."""
    venv = _venv("dvc-remotes", CLIENTS, over_this_one=True)
    return next(venv.glob("lib/python*/site-packages"))


def s3_server() -> Path:
    """The moto_server program, in an environment that shares nothing with this one.

    Its pins and those of the lock file together keep pip's resolver busy for an hour.
    """
    return _venv("moto", S3_SERVER, over_this_one=False) / "bin" / "moto_server"


def _venv(name: str, packages: tuple[str, ...], over_this_one: bool) -> Path:
    lock = ROOT / "requirements.lock"
    made_of = "\n".join([sys.version, sys.prefix, *packages, lock.read_text()])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    folder = cache / "dcgan-workflow-tests" / f"{name}-{digest}"
    ready = folder / "ready"
    if ready.exists():
        return folder
    _call(sys.executable, "-m", "venv", "--clear", str(folder))
    options = []
    if over_this_one:
        # pip sees what is installed here as installed, and the lock keeps it as it is.
        site = next(folder.glob("lib/python*/site-packages"))
        (site / "here.pth").write_text(sysconfig.get_path("purelib"))
        options = ["--constraint", str(lock)]
    _call(str(folder / "bin" / "python"), "-m", "pip", "install", "-q", *options, *packages)
    ready.touch()
    return folder


def _call(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        errors = result.stderr.strip().splitlines() or [f"ended with {result.returncode}"]
        raise CannotBuild(f"{' '.join(command[-2:])} cannot be installed here: {errors[-1]}")
