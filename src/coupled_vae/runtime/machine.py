"""Machine settings: environment variables that must never change a result."""

import ctypes
import os

from coupled_vae.runtime.errors import UserError

CHECKPOINT_SECONDS = "COUPLED_VAE_CHECKPOINT_SECONDS"
DEVICE = "COUPLED_VAE_DEVICE"
DEVICES = ("auto", "cpu", "cuda")


def single_threaded() -> None:
    """Limit the math libraries to one thread, since the bits of a result depend on the number.

    Call before numpy or torch is imported.
    """
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # needed for deterministic kernels


def keep_torch_out_of_pot() -> None:
    """Let POT use only numpy: it would import every installed array library, which is slow.

    Call before POT is imported.
    """
    for backend in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW"):
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{backend}", "1")


def device_wanted() -> str:
    """``COUPLED_VAE_DEVICE``: ``cpu``, ``cuda``, or ``auto``, which takes a GPU if one exists."""
    text = os.environ.get(DEVICE, DEVICES[0])
    if text not in DEVICES:
        raise UserError(f"{DEVICE}={text!r} is unknown; choices are {', '.join(DEVICES)}")
    return text


def keep_freed_memory() -> None:
    """Make glibc keep freed memory, since new memory from the system is slow.

    Otherwise every large temporary array is mapped, faulted in page by page and unmapped again,
    which made a softmax of 2048 x 7500 eight times slower. Without glibc this does nothing.
    """
    trim_threshold, mmap_threshold = -1, -3
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(mmap_threshold, 2**30)
        libc.mallopt(trim_threshold, 2**31 - 1)
    except (OSError, AttributeError):
        return


def checkpoint_seconds() -> float:
    """Seconds between two checkpoints, from ``COUPLED_VAE_CHECKPOINT_SECONDS``; 15 if unset."""
    text = os.environ.get(CHECKPOINT_SECONDS, "15")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise UserError(f"{CHECKPOINT_SECONDS}={text!r} is not a number of seconds, zero or more")
    return seconds
