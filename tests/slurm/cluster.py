"""A real SLURM on this machine, from the distribution's packages.

    python tests/slurm/cluster.py

starts it, says how to reach it, and stops it on Ctrl-C. It installs nothing. On Debian:

    apt-get install slurmctld slurmd slurm-client munge

Configuration, key, sockets and logs lie in a temporary folder, which goes when it stops; nothing
in /etc is read or written. It has one node, or more if asked to, each with a slurmd of its own.
Nodes say that they have more processors than the machine may have, so that a profile made for real
nodes runs unchanged, and their two devices are names for /dev/null: SLURM counts them and hands
them out, but nothing runs on them.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "srun", "scancel", "scontrol", "sinfo", "squeue")
PACKAGES = "slurmctld slurmd slurm-client munge"
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MinJobAge=3600
ReturnToService=2
GresTypes=gpu,hpu
SlurmdParameters=config_overrides
PartitionName=main Nodes=ALL Default=YES MaxTime=1-00:00:00 State=UP
PartitionName=other Nodes=ALL MaxTime=1-00:00:00 State=UP
"""
NODE = """\
NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=16 RealMemory=64000 \
Gres=gpu:1,hpu:1
"""
DEVICES = """\
Name=gpu File=/dev/null
Name=hpu File=/dev/null
"""
SRUN = """\
#!/bin/sh
export SLURM_CONF={folder}/slurm.conf
exec {srun} "$@"
"""
"""The executor plugin takes SLURM_CONF out of the environment of the srun inside a job."""


class CannotStart(Exception):
    """Why there can be no SLURM here."""


@dataclass
class Cluster:
    """A running SLURM; its configuration, state and logs are in ``folder``."""

    folder: Path
    processes: list[subprocess.Popen] = field(default_factory=list)

    def reach(self, environment: dict[str, str]) -> dict[str, str]:
        """The environment in which commands find this cluster, made from another one."""
        path = os.pathsep.join([str(self.folder / "bin"), environment["PATH"]])
        return {**environment, "SLURM_CONF": f"{self.folder}/slurm.conf", "PATH": path}

    def ask(self, *command: str) -> str:
        """What a client command such as squeue prints."""
        result = subprocess.run(
            command, env=self.reach(dict(os.environ)), capture_output=True, text=True
        )
        if result.returncode:
            raise RuntimeError(f"{' '.join(command)}: {result.stderr}")
        return result.stdout

    def idle(self) -> bool:
        """Whether all nodes are up and have nothing to do."""
        try:
            states = self.ask("sinfo", "--noheader", "--partition=main", "--format=%T")
            return states.split() == ["idle"]
        except RuntimeError:
            return False

    def jobs(self) -> list[dict[str, str]]:
        """All jobs since the start, as ``scontrol show job`` tells them: field to value."""
        lines = self.ask("scontrol", "--oneliner", "show", "job").splitlines()
        return [
            dict(item.split("=", 1) for item in line.split(" ") if "=" in item)
            for line in lines
            if line.startswith("JobId=")
        ]

    def logs(self) -> str:
        """The ends of the daemons' logs."""
        return "\n".join(
            f"== {path.name}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted(self.folder.glob("*.log"))
        )


def missing() -> str | None:
    """What this machine lacks to start a cluster, in words, or None."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "SLURM's daemons are started as root here, and this is another user"
    lacking = [name for name in (*DAEMONS, *CLIENTS) if not shutil.which(name, path=SEARCHED)]
    if lacking:
        return f"no {', '.join(lacking)} here; on Debian: apt-get install {PACKAGES}"
    return None


def _program(name: str) -> str:
    return shutil.which(name, path=SEARCHED) or name


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _write_configuration(folder: Path, nodes: list[str]) -> None:
    port, *node_ports = free_ports(1 + len(nodes))
    host = socket.gethostname().split(".")[0]
    text = CONFIGURATION.format(host=host, folder=folder, user=getpass.getuser(), port=port)
    for name, node_port in zip(nodes, node_ports, strict=True):
        text += NODE.format(name=name, host=host, port=node_port)
    for name in ("state", "bin", *(f"spool-{name}" for name in nodes)):
        (folder / name).mkdir()
    (folder / "slurm.conf").write_text(text)
    (folder / "gres.conf").write_text(DEVICES)
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    srun = folder / "bin" / "srun"
    srun.write_text(SRUN.format(folder=folder, srun=_program("srun")))
    srun.chmod(0o755)


def _start(cluster: Cluster, nodes: list[str]) -> None:
    folder = cluster.folder
    munged = [_program("munged"), "--foreground", f"--socket={folder}/munge.socket"]
    munged += [f"--{name}-file={folder}/munge.{name}" for name in ("key", "pid", "seed", "log")]
    configuration = str(folder / "slurm.conf")
    commands = [
        munged,
        [_program("slurmctld"), "-D", "-i", "-f", configuration],
        *([_program("slurmd"), "-D", "-N", name, "-f", configuration] for name in nodes),
    ]
    with (folder / "start.log").open("w") as log:
        for command in commands:
            cluster.processes.append(
                subprocess.Popen(
                    command,
                    env=cluster.reach(dict(os.environ)),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
            _wait_until(cluster, (folder / "munge.socket").exists)


def _wait_until(cluster: Cluster, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        for process in cluster.processes:
            if process.poll() is not None:
                raise CannotStart(f"{process.args[0]} ended:\n{cluster.logs()}")
        if time.monotonic() > deadline:
            raise CannotStart(f"not ready after 60 s:\n{cluster.logs()}")
        time.sleep(0.1)


def _stop(cluster: Cluster) -> None:
    """End the jobs, then the daemons that were started here and no others."""
    subprocess.run(
        [_program("scancel"), f"--user={getpass.getuser()}"],
        env=cluster.reach(dict(os.environ)),
        capture_output=True,
        timeout=60,
    )
    for process in reversed(cluster.processes):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running(count: int = 1) -> Iterator[Cluster]:
    """A cluster of ``count`` nodes for as long as the block lasts.

    Raises:
        CannotStart: something is missing, or a daemon does not come up; with its log.
    """
    reason = missing()
    if reason:
        raise CannotStart(reason)
    with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # munged wants its socket's folder open to all who may use it
        cluster = Cluster(folder)
        nodes = [f"node{number}" for number in range(1, count + 1)]
        _write_configuration(folder, nodes)
        try:
            _start(cluster, nodes)
            _wait_until(cluster, cluster.idle)
            yield cluster
        finally:
            _stop(cluster)


def main() -> None:
    """Run a cluster until the process is told to stop."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with running() as cluster:
        print(f"export SLURM_CONF={cluster.folder}/slurm.conf")
        print(f"export PATH={cluster.folder}/bin:$PATH", flush=True)
        stop.wait()


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        raise SystemExit(str(error)) from None
