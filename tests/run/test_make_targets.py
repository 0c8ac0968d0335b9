"""The targets of the Makefile: the commands that they call, and their help."""

import os
import subprocess
from pathlib import Path

from small import TOP


def planned(*words: str) -> str:
    own = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        ["make", "--dry-run", *words], cwd=TOP, env=own, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_targets_call_what_they_should():
    assert "coupled_vae.run --dvc paper -- --cores 1" in planned("reproduce", "CORES=1")
    assert "--cores" not in planned("reproduce")
    assert "requirements-slurm.lock" in planned("reproduce", "PROFILE=slurm")
    assert "requirements-slurm.lock" not in planned("reproduce")
    assert 'coupled_vae.run --params "wine.yaml"' in planned("reproduce", "PARAMS=wine.yaml")
    assert "coupled_vae.run.smoke params.yaml .smoke/params.yaml" in planned("smoke")
    assert "--directory .smoke paper search studies" in planned("smoke")
    assert "requirements-docs.lock" in planned("docs")
    assert "mkdocs --quiet build --strict" in planned("docs")
    assert "requirements-cluster-generic.lock" in planned("reproduce", "PROFILE=cluster")
    assert "python benchmarks/torture" in planned("torture")
    assert "python -m coupled_vae.run.timings" in planned("timings")
    assert 'python -m coupled_vae.run.verify -- "$FROM"' in planned("verify")
    assert "python -m coupled_vae.run.unlock" in planned("unlock")
    assert 'coupled_vae.run.archive --out "$OUT" -- \n' in planned("archive")
    assert 'coupled_vae.run.archive --out "$OUT" -- paper\n' in planned(
        "archive", "EXPERIMENT=paper"
    )
    assert "requirements-archive.lock" in planned("archive")
    assert "requirements-archive.lock" not in planned("restore")
    assert 'coupled_vae.run.restore -- "$FROM"' in planned("restore")
    bench = planned("bench", "BENCH=--only distances")
    assert "/.venv-bench" in bench
    assert "requirements.lock benchmarks/requirements.txt" in bench
    assert "-m speed --only distances" in bench
    tests = planned("test")
    assert tests.index("-m ruff check") < tests.index("-m pytest --ignore tests/slurm")
    # A console script has the path of its environment's first place in it.
    for target in ("test", "format", "lock", "push", "pull", "slurm-test", "docs"):
        for line in planned(target).splitlines():
            assert line.split()[0] not in ("pip", "pytest", "ruff", "mypy", "dvc", "pip-compile")


def test_what_verify_compares_with_reaches_it_as_it_is(tmp_path: Path):
    """A name with a space and quotes; without one it is HEAD."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin/python"
    python.write_text('#!/bin/sh\nfor word; do echo "<$word>"; done\n')
    python.chmod(0o755)
    own = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    for words, name in ((['FROM=it\'s a "b"'], 'it\'s a "b"'), ([], "HEAD")):
        command = ["make", f"VENV={tmp_path}", "verify", *words]
        said = subprocess.run(command, cwd=TOP, env=own, capture_output=True, text=True).stdout
        assert said.splitlines()[-4:] == ["<-m>", "<coupled_vae.run.verify>", "<-->", f"<{name}>"]


def test_help_names_all_that_can_be_set():
    own = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    told = subprocess.run(["make"], cwd=TOP, env=own, capture_output=True, text=True).stdout
    names = ["PROFILE", "EXPERIMENT", "CORES", "VENV", "PYTHON", "make timings", "FORCE"]
    names += ["make verify", "make unlock", "make archive", "make restore", "OUT=FILE  "]
    names += ["make bench", "BENCH"]
    kinds = ("DATA_DIR", "OFFLINE", "DEVICE", "CHUNK", "CHECKPOINT_SECONDS", "POLL_SECONDS")
    kinds += ("SCHEDULER",)
    for name in [*names, *(f"COUPLED_VAE_{kind}" for kind in kinds)]:
        assert sum(name in line for line in told.splitlines()) == 1, name


def test_help_that_nobody_reads_to_its_end_says_nothing():
    """As with ``| head``; the reader has gone before the first line, the surest case."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    process = subprocess.Popen(
        ["make", "help"], cwd=TOP, env=own, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(20) == 0
