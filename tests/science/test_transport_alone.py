"""The transport on a cost of the caller's, against POT's by its conventions."""

import math

import numpy as np
import ot
import pytest
import torch

from coupled_vae import InputError, transport

RNG = np.random.default_rng(2306)
COST = RNG.random((7, 9)) * 3
Q, P = RNG.dirichlet(np.ones(7)), RNG.dirichlet(np.ones(9))
EPS = 0.3
SOLVERS = [
    transport.Sinkhorn(max_steps=5000, tolerance=1e-12),
    transport.Anderson(depth=5, max_steps=500, tolerance=1e-12),
]
every_solver = pytest.mark.parametrize("solver", SOLVERS, ids=lambda one: type(one).__name__)


def solved(solver, cost=COST, p=P, q=Q):
    problem = transport.problem(cost, eps=EPS, p=p, q=q)
    output = solver.solve(problem, transport.start(problem))
    assert output.converged
    return output, problem


@every_solver
def test_plan_and_value_are_those_of_pot(solver):
    output, problem = solved(solver)
    expected = ot.sinkhorn(Q, P, COST, EPS, stopThr=1e-13, numItermax=10000)
    found = np.asarray(transport.plan(output, problem))
    assert np.allclose(found, expected, rtol=0, atol=1e-10)
    assert np.isclose((found * COST).sum(), ot.sinkhorn2(Q, P, COST, EPS, stopThr=1e-13))
    entropy = (found * np.log(found / np.outer(Q, P))).sum()
    dual = float(transport.objective(output.v, problem))
    assert np.isclose(dual, (found * COST).sum() + EPS * entropy, atol=1e-9)


@every_solver
def test_the_potentials_are_those_of_pot_up_to_a_constant(solver):
    output, problem = solved(solver)
    _, log = ot.bregman.sinkhorn_log(Q, P, COST, EPS, stopThr=1e-13, numItermax=10000, log=True)
    for found, expected in zip(
        transport.pot_potentials(output, problem), (log["log_u"], log["log_v"]), strict=True
    ):
        gap = found.numpy() / EPS - expected
        assert np.allclose(gap, gap.mean(), atol=1e-8)


@every_solver
def test_equal_weights_may_be_left_out(solver):
    output, problem = solved(solver, p=None, q=None)
    expected = ot.sinkhorn([], [], COST, EPS, stopThr=1e-13, numItermax=10000)
    assert np.allclose(transport.plan(output, problem), expected, atol=1e-10)


def test_torch_and_lists_are_taken_too():
    for cost in (torch.from_numpy(COST), COST.tolist(), torch.from_numpy(COST).float()):
        output, problem = solved(transport.Sinkhorn(max_steps=500, tolerance=1e-5), cost)
        assert np.allclose(transport.plan(output, problem).sum(0), P, atol=1e-4)
    assert transport.plan(output, problem).dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost": [1.0, 2.0]}, "cost has shape"),
        ({"cost": [["a"]]}, "cost is no array"),
        ({"cost": [[math.nan]]}, "not finite"),
        ({"cost": [[1j]]}, "complex"),
        ({"eps": 0}, "eps is 0"),
        ({"eps": "one"}, "eps is 'one'"),
        ({"relaxation": -1}, "relaxation"),
        ({"p": [1.0]}, "p has shape"),
        ({"q": [0.7] * 7}, "q sums to 4.9"),
    ],
)
def test_what_cannot_be_is_one_line(change, said):
    with pytest.raises(InputError, match=said):
        transport.problem(**{"cost": COST, "eps": EPS, **change})
