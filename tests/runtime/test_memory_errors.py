"""Too little memory is one line, whoever noticed it."""

import errno

import numpy as np
import pytest
import torch

from coupled_vae.runtime.errors import exit_status, is_out_of_memory


def allocate_numpy():
    np.empty(2**62, np.uint8)


def allocate_torch():
    torch.empty(2**60, dtype=torch.uint8)


def allocate_nothing():
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


@pytest.mark.parametrize("allocate", [allocate_numpy, allocate_torch, allocate_nothing])
def test_too_little_memory_is_one_line(capsys, allocate):
    assert exit_status(allocate) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: out of memory; ")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("can't start new thread"),
        ImportError("libx.so: failed to map segment from shared object"),
        ImportError("libx.so: cannot allocate memory in static TLS block"),
        MemoryError(),
    ],
)
def test_too_little_memory_for_an_import_or_a_thread_is_one_line(capsys, error):
    def fail() -> int:
        raise error

    assert exit_status(fail) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: out of memory; ")


def test_other_errors_are_not_taken_for_memory():
    path = FileNotFoundError(errno.ENOENT, "No such file", "/data/out of memory/x")
    others = RuntimeError("shape mismatch"), OSError(errno.ENOSPC, "No space left")
    for error in (*others, path, ImportError("no module named x")):
        assert not is_out_of_memory(error)
        with pytest.raises(type(error)):
            exit_status(lambda error=error: (_ for _ in ()).throw(error))
