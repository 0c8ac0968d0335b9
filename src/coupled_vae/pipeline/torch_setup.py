"""Set up torch in a process that trains or draws: deterministic kernels, device, peak memory."""

import os

import torch

from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.machine import DEVICE, device_wanted, keep_freed_memory


def use_deterministic_kernels() -> None:
    """Set one thread, deterministic kernels and full precision: equal inputs give equal bits."""
    keep_freed_memory()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    # Nothing reads memory before it is written, and to fill it costs a tenth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    # Tails of the softmax are denormal numbers, on which a CPU is a hundred times slower.
    torch.set_flush_denormal(True)


def training_device() -> torch.device:
    """The device on which models are trained, chosen by ``COUPLED_VAE_DEVICE``.

    Raises:
        UserError: The variable asks for a GPU, but torch finds none.
    """
    wanted, there = device_wanted(), torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise UserError(
            f"{DEVICE}=cuda, but torch {torch.__version__} finds no GPU here; set it to cpu, or "
            "install a build of torch for yours (docs/running.md)"
        )
    return torch.device("cuda" if there and wanted != "cpu" else "cpu")


def peak_memory_mb() -> float:
    """Largest resident set of this process so far, in MB (Linux and macOS)."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if os.uname().sysname == "Darwin" else 2**10)
