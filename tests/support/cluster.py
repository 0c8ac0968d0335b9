"""A private SLURM cluster on this machine: ``python tests/slurm/cluster.py start FOLDER``.

One slurmctld, some slurmd ("nodes") and a munged, all in one folder, as root or an ordinary user,
without systemd, cgroups or a database.
"""

import argparse
import contextlib
import getpass
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NODES = ("n1", "n2")
# In the environment of daemons and jobs, by which they are found.
FOLDER, DAEMON = "COUPLED_VAE_CLUSTER", "COUPLED_VAE_DAEMON"
PROGRAMS = ("slurmctld", "slurmd", "munged", "munge", "sbatch", "squeue", "scancel", "srun")
SBIN = os.pathsep.join(["/usr/sbin", "/sbin"])
CONF = """\
ClusterName=coupled{port}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/jobs.txt
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=600
KillWait=2
CompleteWait=0
SlurmdTimeout=10
SlurmctldTimeout=10
BatchStartTimeout=20
MessageTimeout=4
{nodes}
PartitionName=main Nodes={names} Default=YES MaxTime=24:00:00 DefaultTime=10 State=UP
"""
NODE = "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} \
RealMemory=16000 State=UNKNOWN"


def missing() -> list[str]:
    """Programs of SLURM and munge that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), SBIN])


def wait_for(what: Callable[[], bool], seconds: float, why: str) -> None:
    """Look again and again until something holds."""
    give_up = time.monotonic() + seconds
    while not what():
        if time.monotonic() > give_up:
            raise TimeoutError(f"after {seconds} seconds not yet: {why}")
        time.sleep(0.05)


@dataclass
class Cluster:
    """A cluster in a folder; ``cpus`` are what each node advertises, not what there are."""

    folder: Path
    cpus: int = 4

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs in order to talk to this cluster."""
        path = os.pathsep.join([str(self.folder / "bin"), _path()])
        conf = str(self.folder / "slurm.conf")
        return {"SLURM_CONF": conf, "PATH": path, FOLDER: str(self.folder)}

    def command(self, *words: str, check: bool = True) -> str:
        """Output of a command of SLURM's."""
        environment = os.environ | self.environment
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, check=check
        ).stdout

    def start(self) -> None:
        """Start all daemons, and wait until every node is idle."""
        for name in ("state", "log", "bin", "munge"):
            (self.folder / name).mkdir(parents=True)
        self._write_conf()
        # The plugin's job step starts `srun` without any variable of SLURM's.
        srun = shutil.which("srun", path=_path())
        wrapper = self.folder / "bin" / "srun"
        wrapper.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {srun} "$@"\n', encoding="utf-8"
        )
        wrapper.chmod(0o755)
        munge = self.folder / "munge"
        munge.chmod(0o755)  # the socket is for every user of the cluster
        (munge / "key").write_bytes(os.urandom(1024))
        (munge / "key").chmod(0o400)
        files = [f"--{name}-file={munge / name}" for name in ("key", "pid", "log", "seed")]
        self._daemon("munged", "munged", "--foreground", f"--socket={munge / 'socket'}", *files)
        ask = ["munge", "-n", "-S", str(munge / "socket")]
        wait_for(lambda: _ok(ask), 10, "munged answers")
        self.start_controller()
        for name in NODES:
            self.start_node(name)
        states = ["sinfo", "--noheader", "--Node", "--format=%T"]
        wait_for(
            lambda: self.command(*states).split() == ["idle"] * len(NODES), 20, "all nodes are idle"
        )

    def start_controller(self) -> None:
        """Start slurmctld and wait until it answers."""
        self._daemon("slurmctld", "slurmctld", "-D")
        ping = ["scontrol", "ping"]
        wait_for(lambda: "is UP" in self.command(*ping, check=False), 20, "slurmctld answers")

    def start_node(self, name: str) -> None:
        """Start the slurmd of a node."""
        (self.folder / f"spool-{name}").mkdir(exist_ok=True)
        self._daemon(name, "slurmd", "-D", "-N", name)

    def kill(self, name: str) -> None:
        """Kill a daemon, and with a node all that runs on it."""
        marks = {f"{DAEMON}={name}", f"SLURMD_NODENAME={name}"}
        for entry in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                told = set(entry.read_bytes().decode(errors="replace").split("\0"))
                if f"{FOLDER}={self.folder}" in told and told & marks:
                    os.kill(int(entry.parent.name), signal.SIGKILL)

    def stop(self) -> None:
        """Stop everything that belongs to this cluster."""
        for name in ("slurmctld", *NODES, "munged"):
            self.kill(name)

    def _daemon(self, name: str, *command: str) -> None:
        with (self.folder / "log" / f"{name}.out").open("ab") as out:
            subprocess.Popen(
                command,
                env=os.environ | self.environment | {DAEMON: name},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _write_conf(self) -> None:
        port, host = _free_ports(1 + len(NODES)), socket.gethostname().split(".")[0]
        nodes = [
            NODE.format(name=name, host=host, port=port + 1 + i, cpus=self.cpus)
            for i, name in enumerate(NODES)
        ]
        text = CONF.format(
            port=port,
            host=host,
            user=getpass.getuser(),
            folder=self.folder,
            nodes="\n".join(nodes),
            names=",".join(NODES),
        )
        (self.folder / "slurm.conf").write_text(text, encoding="utf-8")


def _free_ports(count: int) -> int:
    """The first of some free neighbouring ports; at random, for another cluster may start now."""
    for first in random.sample(range(21817, 31000, 10), 900):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    taken = stack.enter_context(socket.socket())
                    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise OSError("no free ports")


def _ok(command: list[str]) -> bool:
    return (
        subprocess.run(command, capture_output=True, env=os.environ | {"PATH": _path()}).returncode
        == 0
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    cluster = Cluster(args.folder.absolute())
    getattr(cluster, args.action)()
    if args.action == "start":
        print("\n".join(f"export {key}={value}" for key, value in cluster.environment.items()))


if __name__ == "__main__":
    sys.exit(main())
