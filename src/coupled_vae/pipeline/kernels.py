"""The kernels of the pipeline for the time of one call, in a program with settings of its own."""

import contextlib
import os
from collections.abc import Iterator

import torch

from coupled_vae.pipeline.torch_setup import use_deterministic_kernels


@contextlib.contextmanager
def same_bits() -> Iterator[None]:
    """Within the block torch computes as in the pipeline; the caller's settings come back after.

    One thread, deterministic kernels, full precision, no denormal numbers, float32 by default.
    """
    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    tf32, flushes, dtype = torch.backends.cudnn.allow_tf32, _flushes(), torch.get_default_dtype()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # deterministic kernels need it
    use_deterministic_kernels()
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        torch.set_float32_matmul_precision(precision)
        torch.backends.cudnn.allow_tf32 = tf32
        torch.set_flush_denormal(flushes)
        torch.set_default_dtype(dtype)


def _flushes() -> bool:
    """Whether torch takes denormal numbers for zero; it has no function that says so."""
    return not bool(torch.full((1,), 1e-38, dtype=torch.float32) * 1e-2 > 0)
