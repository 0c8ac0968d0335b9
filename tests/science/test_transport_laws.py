"""Laws that every solver of the transport obeys: scale, order, divided data, mean of the steps."""

import math
from dataclasses import replace

import pytest
import torch
from transport_problems import mixture_problem, neural_solver, plan_of, random_problem, start

from coupled_vae.science.transport import (
    Anderson,
    Ascent,
    Bilinear,
    FixedPoint,
    Matrix,
    Sinkhorn,
    error_of,
    objective,
    responsibilities,
    soft_c_transform,
    sweep,
    update,
)

# Each stopped early, on its way, and at the end: the laws hold at every step.
SOLVERS = {
    "fixed point": lambda steps: FixedPoint(steps=1, scaling=1, max_rounds=steps, tolerance=1e-12),
    "falling": lambda steps: FixedPoint(steps=3, scaling=8, max_rounds=steps, tolerance=1e-12),
    "Anderson": lambda steps: Anderson(depth=5, max_steps=steps, tolerance=1e-12),
    "Sinkhorn": lambda steps: Sinkhorn(max_steps=steps, tolerance=1e-12),
}
every_solver = pytest.mark.parametrize("name", SOLVERS)
every_relaxation = pytest.mark.parametrize("relaxation", [0.5, math.inf])
early_and_late = pytest.mark.parametrize("steps", [3, 200])


def potential(problem, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(problem.log_p), generator=generator, dtype=torch.float64)


def used(problem):
    return problem.log_p > -math.inf


@every_solver
@every_relaxation
@early_and_late
@pytest.mark.parametrize("k", [1e-3, 7.0, 1e4])
def test_in_another_unit_the_plan_is_the_same_and_the_potentials_are_in_it(
    name, relaxation, steps, k
):
    problem = random_problem(17, relaxation)
    scaled = replace(
        problem,
        cost=Matrix(k * problem.cost.values),
        eps=k * problem.eps,
        relaxation=k * relaxation,
    )
    v, solver = potential(problem), SOLVERS[name](steps)
    one, other = solver.solve(problem, v), solver.solve(scaled, k * v)
    assert one.num_steps == other.num_steps
    keep = used(problem)
    torch.testing.assert_close(other.v[keep], k * one.v[keep], rtol=1e-8, atol=1e-8 * k)
    torch.testing.assert_close(other.u, k * one.u, rtol=1e-8, atol=1e-8 * k)
    torch.testing.assert_close(plan_of(one, problem), plan_of(other, scaled), rtol=1e-7, atol=0)
    value = float(objective(one.v, problem))
    assert float(objective(other.v, scaled)) == pytest.approx(k * value, rel=1e-8)


@pytest.mark.parametrize("k", [0.01, 50.0])
def test_the_ascents_step_and_the_networks_are_in_the_costs_unit(k):
    problem = mixture_problem(64)
    cost = Bilinear(k * problem.cost.coefficients, problem.cost.features)
    scaled = replace(problem, cost=cost, eps=k)
    ascent = Ascent(step=0.5, batch_size=16, max_steps=40, tolerance=0)
    one, other = (
        ascent.solve(own, start(own), torch.Generator().manual_seed(1)) for own in (problem, scaled)
    )
    torch.testing.assert_close(other.v, k * one.v, rtol=1e-7, atol=1e-7 * k)
    outputs = []
    for own in (problem, scaled):
        solver, coordinates = neural_solver(own, rounds=2)
        outputs.append(solver.solve(own, start(own), *coordinates))
    # Adam divides by the gradient's size, to which it adds 1e-8.
    torch.testing.assert_close(outputs[1].v, k * outputs[0].v, rtol=1e-3, atol=1e-3 * k)


@every_solver
@every_relaxation
@early_and_late
def test_the_order_of_draws_and_data_is_of_no_matter(name, relaxation, steps):
    problem = random_problem(23, relaxation)
    generator = torch.Generator().manual_seed(4)
    m, n = problem.cost.shape
    rows, columns = (torch.randperm(size, generator=generator) for size in (m, n))
    shuffled = replace(
        problem,
        cost=Matrix(problem.cost.values[rows][:, columns]),
        log_p=problem.log_p[columns],
        log_q=problem.log_q[rows],
    )
    v, solver = potential(problem), SOLVERS[name](steps)
    one, other = solver.solve(problem, v), solver.solve(shuffled, v[columns])
    keep = used(shuffled)
    torch.testing.assert_close(other.v[keep], one.v[columns][keep], rtol=1e-7, atol=1e-8)
    torch.testing.assert_close(other.u, one.u[rows], rtol=1e-7, atol=1e-8)
    expected = plan_of(one, problem)[rows][:, columns]
    torch.testing.assert_close(plan_of(other, shuffled), expected, rtol=1e-6, atol=1e-12)


@every_solver
@every_relaxation
@early_and_late
@pytest.mark.parametrize("share", [0.5, 0.01])
def test_a_datum_in_two_parts_has_the_potential_of_the_whole_and_leaves_u(
    name, relaxation, steps, share
):
    problem = random_problem(29, relaxation)
    last = len(problem.log_p) - 1
    parts = [*range(last + 1), last]
    log_p = problem.log_p[parts]
    log_p[last], log_p[last + 1] = log_p[last] + math.log(share), log_p[last] + math.log1p(-share)
    divided = replace(problem, cost=Matrix(problem.cost.values[:, parts]), log_p=log_p)
    v, solver = potential(problem), SOLVERS[name](steps)
    torch.testing.assert_close(soft_c_transform(v[parts], divided), soft_c_transform(v, problem))
    one, other = solver.solve(problem, v), solver.solve(divided, v[parts])
    keep = used(divided)
    torch.testing.assert_close(other.v[keep], one.v[parts][keep], rtol=1e-7, atol=1e-8)
    torch.testing.assert_close(other.u, one.u, rtol=1e-7, atol=1e-8)
    whole, halves = plan_of(one, problem), plan_of(other, divided)
    torch.testing.assert_close(
        halves[:, last] + halves[:, last + 1], whole[:, last], rtol=1e-6, atol=0
    )


def test_a_draw_in_two_halves_leaves_v():
    problem = replace(random_problem(31), log_q=None)
    rows = [i // 2 for i in range(2 * problem.cost.shape[0])]
    twice = replace(problem, cost=problem.cost.draws(torch.tensor(rows)))
    solver = SOLVERS["Anderson"](2000)
    one, other = (solver.solve(own, potential(problem)).v for own in (problem, twice))
    keep = used(problem)
    torch.testing.assert_close(one[keep], other[keep], rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_the_mean_of_the_ascents_step_is_the_gradient(batch_size):
    """On draws of unequal weight, within five standard errors in every datum."""
    problem = random_problem(37)
    v, num, generator = start(problem), 3000, torch.Generator().manual_seed(0)
    v = v + torch.linspace(-1, 1, len(v), dtype=torch.float64)
    p = problem.log_p.exp()
    v = v - (p * v).sum()  # solve returns the potential of mean zero
    ascent = Ascent(step=0.3, batch_size=batch_size, max_steps=1, tolerance=0)
    steps = torch.stack([ascent.solve(problem, v, generator).v - v for _ in range(num)])
    share, _ = sweep(v, problem, v.new_empty(len(v), 0))
    gradient = 0.3 * len(v) * problem.eps * (p - share)
    gradient = gradient - (p * gradient).sum()
    error = 5 * steps.std(0) / math.sqrt(num)
    assert bool(((steps.mean(0) - gradient).abs() < error).all())
    assert float(gradient.abs().max()) > 3 * float(error.max())


@every_solver
def test_a_solver_says_that_it_converged_where_it_did_and_only_there(name):
    """By the error of the potential that it returns, at tolerances just above and below it."""
    problem = random_problem(41)
    reached = SOLVERS[name](4).solve(problem, potential(problem))
    assert not reached.converged
    error = error_of(reached.v, problem)
    for factor, expected in ((1.001, True), (0.999, False)):
        solver = replace(SOLVERS[name](4), tolerance=factor * error)
        assert solver.solve(problem, potential(problem)).converged is expected


def test_the_fixed_point_is_where_the_update_stays():
    problem = random_problem(43)
    v = SOLVERS["fixed point"](100_000).solve(problem, start(problem)).v
    share, _ = sweep(v, problem, v.new_empty(len(v), 0))
    keep = used(problem)
    torch.testing.assert_close(update(v, share, problem)[keep], v[keep], rtol=0, atol=1e-9)
    chi = responsibilities(v, problem)
    torch.testing.assert_close(problem.log_q.exp() @ chi, problem.log_p.exp(), rtol=0, atol=1e-11)
