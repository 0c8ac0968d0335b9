"""The fingerprint of the code that a job runs."""

from functools import cache

from coupled_vae.config import registry
from coupled_vae.config.problem import Problem
from coupled_vae.runtime.fingerprint import fingerprint


def parts(problem: Problem) -> list[str]:
    """The modules of a problem's parts. They are loaded by name and not imported."""
    return [registry.module(folder, part.kind) for _, folder, part in problem.parts()]


@cache
def code_of(*modules: str) -> str:
    """Fingerprint of some modules; computed once for each set of modules."""
    return fingerprint(*modules)
