"""Solvers agree with POT, with closed forms and with each other; float64, weights unequal."""

import math
from dataclasses import replace

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transport_problems import mixture_problem, neural_solver, plan_of, random_problem, start

from coupled_vae.science.transport import (
    Anderson,
    Ascent,
    FixedPoint,
    Matrix,
    Potential,
    Problem,
    Sinkhorn,
    latent_weights,
    marginal_error,
    objective,
    soft_c_transform,
    sweep,
)

FIXED = FixedPoint(steps=1, scaling=1, max_rounds=100_000, tolerance=1e-12)
SINKHORN = Sinkhorn(max_steps=100_000, tolerance=1e-12)


@pytest.mark.parametrize("solver", [FIXED, SINKHORN], ids=["fixed point", "Sinkhorn"])
@pytest.mark.parametrize("seed", range(100))
def test_plan_potentials_and_value_are_those_of_pot(seed, solver):
    problem = random_problem(seed)
    output = solver.solve(problem, start(problem))
    assert output.converged
    p, q, cost = problem.log_p.exp().numpy(), problem.log_q.exp().numpy(), problem.cost.values
    used, cost = p > 0, cost.numpy()
    expected, log = ot.sinkhorn(
        q, p[used], cost[:, used], problem.eps, method="sinkhorn_log", stopThr=1e-14,
        numItermax=100_000, log=True,
    )  # fmt: skip
    found = plan_of(output, problem).numpy()
    np.testing.assert_allclose(found[:, used], expected, rtol=1e-6, atol=1e-12)
    assert (found[:, ~used] == 0).all()
    # POT's plan is exp(log_u + log_v - C / eps): its potentials have the weights in them.
    pot = problem.eps * (log["log_v"] - np.log(p[used]))
    v = output.v.numpy()[used]
    np.testing.assert_allclose(v - v.mean(), pot - pot.mean(), rtol=1e-6, atol=1e-6)
    value = (expected * cost[:, used]).sum() + problem.eps * (
        expected * np.log(expected / np.outer(q, p[used]))
    ).sum()
    assert float(objective(output.v, problem)) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("relaxation", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("seed", range(20))
def test_the_relaxed_plan_is_pots_unbalanced_one(seed, relaxation):
    problem = random_problem(seed, relaxation)
    p, q = problem.log_p.exp().numpy(), problem.log_q.exp().numpy()
    used, cost = p > 0, problem.cost.values.numpy()
    expected = ot.unbalanced.sinkhorn_unbalanced(
        q, p[used], cost[:, used], problem.eps, [relaxation, math.inf], stopThr=1e-14,
        numItermax=100_000,
    )  # fmt: skip
    for solver in (FIXED, SINKHORN, Anderson(depth=5, max_steps=10_000, tolerance=1e-12)):
        found = plan_of(solver.solve(problem, start(problem)), problem).numpy()
        np.testing.assert_allclose(found[:, used], expected, rtol=1e-5, atol=1e-9)
    latent = expected.sum(axis=1)
    value = (expected * cost[:, used]).sum() + relaxation * (latent * np.log(latent / q)).sum()
    value += problem.eps * (expected * np.log(expected / np.outer(q, p[used]))).sum()
    v = FIXED.solve(problem, start(problem)).v
    assert float(objective(v, problem)) == pytest.approx(value, rel=1e-6)


def test_without_a_penalty_the_posterior_is_bayes_own():
    problem = random_problem(3, relaxation=0.0)
    output = FIXED.solve(problem, start(problem))
    assert output.num_steps == 1
    bayes = torch.softmax(problem.log_q[:, None] - problem.cost.values / problem.eps, dim=0)
    torch.testing.assert_close(plan_of(output, problem), bayes * problem.log_p.exp())


def test_a_large_penalty_is_the_balanced_problem():
    balanced, relaxed = random_problem(5), random_problem(5, relaxation=1e9)
    one, other = (FIXED.solve(problem, start(problem)) for problem in (balanced, relaxed))
    torch.testing.assert_close(
        plan_of(one, balanced), plan_of(other, relaxed), atol=1e-7, rtol=1e-6
    )


def test_the_latent_marginal_nears_the_prior_as_the_penalty_grows():
    distances = []
    for relaxation in (0.1, 1.0, 10.0, 100.0):
        problem = random_problem(7, relaxation)
        marginal = plan_of(FIXED.solve(problem, start(problem)), problem).sum(1)
        distances.append(float((marginal - problem.log_q.exp()).abs().sum()))
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.02 * distances[0]


@pytest.mark.parametrize("relaxation", [0.3, 3.0, math.inf])
def test_gradient_of_the_objective_is_the_marginal_violation(relaxation):
    problem = random_problem(11, relaxation)
    v = torch.linspace(-1, 1, len(problem.log_p), dtype=torch.float64, requires_grad=True)
    u = soft_c_transform(v, problem)
    value = (problem.log_p.exp() * v).sum()
    if relaxation == math.inf:
        value = value + (problem.log_q.exp() * u).sum()
    else:
        total = relaxation + problem.eps
        value = value - total * torch.logsumexp(problem.log_q - u / total, 0)
    (gradient,) = torch.autograd.grad(value, v)
    share, _ = sweep(v.detach(), problem, torch.empty(len(v), 0, dtype=torch.float64))
    torch.testing.assert_close(gradient, problem.log_p.exp() - share)
    assert float(objective(v.detach(), problem)) == pytest.approx(float(value.detach()))


def test_gaussians_have_the_closed_form():
    """Correlation and value of entropic transport between N(0, a^2) and N(0, b^2), squared cost."""
    a, b, eps = 1.3, 0.6, 0.8
    x, z = (s * torch.linspace(-6, 6, 400, dtype=torch.float64) for s in (a, b))
    log_p, log_q = (torch.log_softmax(-0.5 * (t / s) ** 2, 0) for t, s in ((x, a), (z, b)))
    cost = Matrix((z[:, None] - x).square())
    problem = Problem(cost=cost, log_p=log_p, log_q=log_q, eps=eps)
    output = SINKHORN.solve(problem, start(problem))
    delta = eps / (4 * a * b)
    rho = math.sqrt(1 + delta**2) - delta
    expected = a**2 + b**2 - 2 * a * b * rho - 0.5 * eps * math.log(1 - rho**2)
    assert float(objective(output.v, problem)) == pytest.approx(expected, rel=1e-5)
    correlation = float((plan_of(output, problem) * z[:, None] * x).sum()) / (a * b)
    assert correlation == pytest.approx(rho, rel=1e-5)


def test_fixed_point_ascent_and_neural_dual_reach_one_value():
    problem = mixture_problem()
    exact = float(objective(FIXED.solve(problem, start(problem)).v, problem))
    first = float(objective(start(problem), problem))
    generator = torch.Generator().manual_seed(1)
    ascent = Ascent(step=0.5, batch_size=32, max_steps=4000, tolerance=0)
    climbed = ascent.solve(problem, start(problem), generator)
    assert abs(first - exact) > 0.1 * abs(exact)
    assert float(objective(climbed.v, problem)) == pytest.approx(exact, rel=2e-3)
    for both in (False, True):
        solver, coordinates = neural_solver(problem, both=both, rounds=100)
        neural = solver.solve(problem, start(problem), *coordinates)
        assert float(objective(neural.v, problem)) == pytest.approx(exact, rel=5e-3)
        # The dual of eq. 16 at the network's own u, which is below the semi-dual's.
        u, v, p = neural.u, neural.v, problem.log_p.exp()
        gap = problem.eps * (plan_of(neural, problem).sum() - 1)
        assert float(u.mean() + (p * v).sum() - gap) == pytest.approx(exact, rel=5e-3)
        if both:  # a function of x, and not of the datum's place
            with torch.no_grad():
                values = solver.data_potential(coordinates[1])
            torch.testing.assert_close(neural.v, values - values.mean())


def test_a_potential_with_all_points_is_the_c_transform():
    problem = mixture_problem(64)
    v = torch.randn(180, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    features, coefficients = problem.cost.features, problem.cost.coefficients
    potential = Potential(features, problem.eps)
    potential.follow(features, v, coefficients)
    with torch.no_grad():
        torch.testing.assert_close(potential(coefficients), soft_c_transform(v, problem))


def test_a_step_of_a_potential_is_as_large_whatever_the_cost():
    """And what it had learned is gone once it follows another cost."""
    problem = mixture_problem(64)
    coefficients, features = problem.cost.coefficients, problem.cost.features
    moved = []
    for scale in (1, 1000):
        potential = Potential(features[::4], problem.eps)
        zero = potential.values
        potential.follow(features[::4], zero, scale * coefficients)
        before = potential(scale * coefficients)
        adam = torch.optim.Adam(potential.parameters(), lr=0.01)
        before.mean().backward()
        adam.step()
        moved.append(float((potential(scale * coefficients) - before).abs().mean().detach()))
        potential.follow(features[::4], zero, scale * coefficients)
        torch.testing.assert_close(potential(scale * coefficients), before)
    assert 0.005 < moved[0] < 0.1
    assert moved[1] == pytest.approx(moved[0], rel=0.5)


def test_every_solver_tells_honestly_whether_it_converged():
    problem = mixture_problem(64)
    zero, generator = start(problem), torch.Generator().manual_seed(0)
    brief, own = neural_solver(problem, rounds=1, tolerance=1e-6)
    long, _ = neural_solver(problem, rounds=400, tolerance=0.3)
    few = [
        Sinkhorn(max_steps=1, tolerance=1e-6).solve(problem, zero),
        Ascent(step=0.5, batch_size=16, max_steps=3, tolerance=1e-6).solve(
            problem, zero, generator
        ),
        brief.solve(problem, zero, *own),
    ]
    many = [
        Sinkhorn(max_steps=10_000, tolerance=1e-6).solve(problem, zero),
        Ascent(step=0.5, batch_size=16, max_steps=4000, tolerance=0.3).solve(
            problem, zero, generator
        ),
        long.solve(problem, zero, *own),
    ]
    assert [output.converged for output in few] == [False] * 3
    assert [output.converged for output in many] == [True] * 3
    for output in few + many:
        assert output.errors[-1] <= output.errors[0]
        share, _ = sweep(output.v, problem, output.v.new_empty(len(zero), 0))
        told = float(marginal_error(share, problem.log_p))
        assert output.errors[-1] == pytest.approx(told, rel=1e-6, abs=1e-12)


@given(
    seed=st.integers(0, 2**31),
    log_eps=st.floats(-3, 3, allow_subnormal=False),
    log_scale=st.floats(-3, 6, allow_subnormal=False),
    relaxation=st.sampled_from([0.0, 0.1, 10.0, math.inf]),
)
@settings(max_examples=100, deadline=None)
def test_solvers_never_lose_the_numbers(seed, log_eps, log_scale, relaxation):
    problem = random_problem(seed, relaxation)
    cost = Matrix(problem.cost.values * 10**log_scale)
    problem = replace(problem, cost=cost, eps=10**log_eps)
    for solver in (
        FixedPoint(steps=1, scaling=1, max_rounds=50, tolerance=1e-6),
        Sinkhorn(max_steps=50, tolerance=1e-6),
    ):
        output = solver.solve(problem, start(problem))
        used = problem.log_p > -math.inf
        assert bool(torch.isfinite(output.v[used]).all())
        assert bool(torch.isfinite(torch.tensor(output.errors)).all())
        assert output.errors[-1] <= output.errors[0] + 1e-9
        # By the plan itself, of exponents that are rounded.
        marginal = plan_of(output, problem).sum(0)
        error = float((marginal - problem.log_p.exp()).abs().sum())
        rounding = 1e-14 * 3 * 10**log_scale / problem.eps
        if output.converged:
            assert error <= 1e-6 + rounding
        else:
            assert output.num_steps == 50
            assert error > 1e-6 - rounding


def test_draws_that_weigh_nothing_count_for_nothing():
    problem = random_problem(13)
    heavy = replace(
        problem,
        cost=Matrix(torch.cat([problem.cost.values, 0.1 + problem.cost.values[:3]])),
        log_q=torch.cat([problem.log_q, torch.full((3,), -math.inf, dtype=torch.float64)]),
    )
    one, other = (FIXED.solve(p, start(p)) for p in (problem, heavy))
    torch.testing.assert_close(one.v, other.v)
    assert latent_weights(other.u, heavy)[-3:].tolist() == [0, 0, 0]


def test_what_a_solver_cannot_solve_is_refused():
    problem = mixture_problem(16)
    neural, (z, x) = neural_solver(problem)
    both, _ = neural_solver(problem, both=True)
    relaxed = replace(problem, relaxation=1.0)
    ascent = Ascent(step=1, batch_size=4, max_steps=1, tolerance=0)
    with pytest.raises(ValueError, match="balanced"):
        ascent.solve(relaxed, start(problem), torch.Generator())
    with pytest.raises(ValueError, match="balanced"):
        neural.solve(relaxed, start(problem), z, x)
    with pytest.raises(ValueError, match="needs the data"):
        both.solve(problem, start(problem), z)
