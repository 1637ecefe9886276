"""Real servers on this machine, for as long as a block lasts: sshd, and an S3 over HTTP."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import requests

PRIVILEGE_SEPARATION = Path("/run/sshd")
"""Where sshd, when root, insists on a folder; made here if there is none, and removed again."""

SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
"""


class CannotStart(Exception):
    """Why there can be no such server here."""


@dataclass
class Ssh:
    """Where the server is and what a client needs to be let in."""

    port: int
    user: str
    keyfile: Path


@dataclass
class S3:
    """Where the server is; it takes any credentials."""

    endpoint: str

    def bucket(self, name: str) -> None:
        """Make a bucket."""
        requests.put(f"{self.endpoint}/{name}", timeout=60).raise_for_status()

    def names(self, bucket: str) -> list[str]:
        """The objects of a bucket, as the server itself lists them."""
        answer = requests.get(f"{self.endpoint}/{bucket}?list-type=2", timeout=60)
        answer.raise_for_status()
        nodes = ElementTree.fromstring(answer.text).iter()
        return [node.text for node in nodes if node.tag.rpartition("}")[2] == "Key"]


@contextmanager
def sshd(folder: Path) -> Iterator[Ssh]:
    """An OpenSSH server with a host key and one user key of its own, made in ``folder``."""
    program = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not program or not shutil.which("ssh-keygen"):
        raise CannotStart("no sshd here; on Debian: apt-get install openssh-server")
    for name in ("host_key", "user_key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    port = _free_port()
    (folder / "sshd_config").write_text(SSHD.format(port=port, folder=folder))
    made = os.geteuid() == 0 and not PRIVILEGE_SEPARATION.exists()
    if made:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755)
    try:
        # -D: not in the background, so that ending this process ends the server.
        with _started([program, "-D", "-e", "-f", str(folder / "sshd_config")], folder, port):
            yield Ssh(port, getpass.getuser(), folder / "user_key")
    finally:
        if made:
            PRIVILEGE_SEPARATION.rmdir()


@contextmanager
def s3(program: Path, folder: Path) -> Iterator[S3]:
    """Moto's server, an S3 in memory behind real HTTP."""
    port = _free_port()
    with _started([str(program), "-H", "127.0.0.1", "-p", str(port)], folder, port):
        yield S3(f"http://127.0.0.1:{port}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def _started(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait_for(process, folder, port)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(process: subprocess.Popen, folder: Path, port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    said = (folder / "server.log").read_text(errors="replace")
    raise CannotStart(f"{process.args[0]} does not start: {said[-500:]}")
