"""Laws and oracles of the semi-dual solver, in float64 unless the test is about float32."""

import itertools
import math
from dataclasses import replace

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coupled_vae.science.transport import (
    Anderson,
    Bilinear,
    FixedPoint,
    Matrix,
    Problem,
    error_of,
    marginal_error,
    objective,
    potential_of_data,
    responsibilities,
    soft_c_transform,
    sweep,
    update,
)


def problem(seed=0, m=40, n=25, eps=0.7, scale=1.0, zeros=1):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.2, 1.0, n)
    weights[:zeros] = 0.0
    weights /= weights.sum()
    cost = torch.from_numpy(scale * rng.uniform(0, 3, (m, n)))
    with np.errstate(divide="ignore"):
        log_p = torch.from_numpy(np.log(weights))
    return Problem(cost=Matrix(cost), log_p=log_p, eps=eps)


def solve(transport, tolerance=1e-12, max_rounds=20000):
    solver = FixedPoint(steps=1, scaling=1, max_rounds=max_rounds, tolerance=tolerance)
    return solver.solve(transport, torch.zeros_like(transport.log_p))


def plan(transport, v):
    return responsibilities(v, transport) / transport.cost.shape[0]


@pytest.mark.parametrize("seed", range(10))
def test_plan_and_value_agree_with_pot_sinkhorn(seed):
    transport = problem(seed, m=30 + seed, n=20, eps=0.3 + 0.2 * seed)
    v = solve(transport).v
    m = transport.cost.shape[0]
    weights = transport.log_p.exp().numpy()
    used = weights > 0  # POT's log-domain solver divides by zero weights
    expected = ot.sinkhorn(
        np.full(m, 1 / m), weights[used], transport.cost.values.numpy()[:, used], transport.eps,
        method="sinkhorn_log", stopThr=1e-14, numItermax=100000,
    )  # fmt: skip
    found = plan(transport, v).numpy()
    np.testing.assert_allclose(found[:, used], expected, rtol=1e-6, atol=1e-12)
    assert np.all(found[:, ~used] == 0)
    # Strong duality: H(v*) = <C, pi> + eps KL(pi || p (x) uniform).
    kl = np.sum(expected * np.log(expected / (weights[used] / m)))
    value = np.sum(expected * transport.cost.values.numpy()[:, used]) + transport.eps * kl
    # A datum of weight zero has p_i v_i = 0 in H, but v_i may be any number.
    assert float(objective(v, transport)) == pytest.approx(value, rel=1e-9)


def test_adding_a_constant_to_v_moves_u_by_minus_it_and_changes_no_plan():
    transport = problem(zeros=0)
    v = torch.randn(25, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        soft_c_transform(v + 3.5, transport), soft_c_transform(v, transport) - 3.5
    )
    torch.testing.assert_close(plan(transport, v + 3.5), plan(transport, v))
    torch.testing.assert_close(objective(v + 3.5, transport), objective(v, transport))


def test_soft_c_transform_is_logsumexp():
    transport = problem(zeros=2)
    v = torch.linspace(-2, 2, 25, dtype=torch.float64)
    scores = (v - transport.cost.values) / transport.eps + transport.log_p
    torch.testing.assert_close(
        soft_c_transform(v, transport), -transport.eps * torch.logsumexp(scores, 1)
    )


def test_gradient_in_v_is_proposition_3_2():
    transport = problem(zeros=0)
    v = torch.linspace(-1, 1, 25, dtype=torch.float64, requires_grad=True)
    scores = (v - transport.cost.values) / transport.eps + transport.log_p
    h = (transport.log_p.exp() * v).sum() - transport.eps * torch.logsumexp(scores, 1).mean()
    (gradient,) = torch.autograd.grad(h, v)
    share, _ = sweep(v.detach(), transport, torch.empty(25, 0, dtype=torch.float64))
    torch.testing.assert_close(gradient, transport.log_p.exp() - share)


def test_gradient_in_the_cost_is_proposition_3_2():
    """With chi fixed, the mean cost has the gradient of H, so chi need not be differentiated."""
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(25, 5, dtype=torch.float64, generator=generator)
    theta = torch.rand(40, 5, dtype=torch.float64, generator=generator, requires_grad=True)
    v = torch.rand(25, dtype=torch.float64, generator=generator)
    log_p = torch.full((25,), -math.log(25), dtype=torch.float64)
    scores = (v - theta @ features.T) / 0.7 + log_p
    (expected,) = torch.autograd.grad((-0.7 * torch.logsumexp(scores, 1)).mean(), theta)
    transport = Problem(cost=Bilinear(theta.detach(), features), log_p=log_p, eps=0.7)
    _, statistics = sweep(v, transport, features)
    (found,) = torch.autograd.grad((theta * statistics).sum(1).mean(), theta)
    torch.testing.assert_close(found, expected)


def test_solved_potentials_are_each_others_transforms():
    transport = problem()
    output = solve(transport)
    u = soft_c_transform(output.v, transport)
    v = potential_of_data(u, transport.cost.values, transport.eps)
    difference = (v - output.v)[transport.log_p.exp() > 0]
    torch.testing.assert_close(difference, difference[:1].expand_as(difference))


def test_marginals_of_the_plan_are_the_weights():
    transport = problem(zeros=2)
    coupling = plan(transport, solve(transport).v)
    torch.testing.assert_close(coupling.sum(0), transport.log_p.exp())
    torch.testing.assert_close(coupling.sum(1), torch.full((40,), 1 / 40, dtype=torch.float64))


def test_anderson_reaches_the_fixed_point_sooner():
    sharp = problem(scale=10.0, eps=0.2)
    plain = Anderson(depth=0, max_steps=5000, tolerance=1e-9).solve(sharp, torch.zeros(25).double())
    mixed = Anderson(depth=10, max_steps=5000, tolerance=1e-9).solve(
        sharp, torch.zeros(25).double()
    )
    assert plain.converged
    assert mixed.converged
    assert mixed.num_steps < plain.num_steps / 5
    torch.testing.assert_close(plan(sharp, mixed.v), plan(sharp, plain.v), rtol=0, atol=1e-8)
    assert sorted(mixed.errors, reverse=True) == mixed.errors
    share, _ = sweep(mixed.v, sharp, torch.empty(25, 0, dtype=torch.float64))
    assert float(marginal_error(share, sharp.log_p)) == pytest.approx(mixed.errors[-1])


def test_anderson_without_depth_is_the_plain_iteration():
    transport, start = problem(), torch.zeros(25, dtype=torch.float64)
    plain = FixedPoint(steps=7, scaling=1).round(transport, start)
    mixed = Anderson(depth=0, max_steps=7, tolerance=0).solve(transport, start)
    torch.testing.assert_close(mixed.v, plain)
    assert not mixed.converged


@given(
    seed=st.integers(0, 10**6),
    log_eps=st.floats(-3, 3, allow_subnormal=False),
    log_scale=st.floats(-2, 6, allow_subnormal=False),
    depth=st.integers(1, 12),
)
@settings(max_examples=60, deadline=None)
def test_anderson_never_ends_worse_than_it_began(seed, log_eps, log_scale, depth):
    transport = problem(seed, eps=10**log_eps, scale=10**log_scale)
    output = Anderson(depth=depth, max_steps=40, tolerance=1e-9).solve(
        transport, torch.zeros(25, dtype=torch.float64)
    )
    assert bool(torch.isfinite(output.v).all())
    share, _ = sweep(output.v, transport, torch.empty(25, 0, dtype=torch.float64))
    error = float(marginal_error(share, transport.log_p))
    assert error == pytest.approx(output.errors[-1], rel=1e-6, abs=1e-9)
    assert error <= output.errors[0]
    if output.converged:
        assert error <= 1.1e-9 + 1e-14 * 10 ** (log_scale - log_eps)
    else:
        assert output.num_steps == 40
        assert error > 0.9e-9 - 1e-14 * 10 ** (log_scale - log_eps)


def test_a_bilinear_cost_held_is_the_same_cost():
    generator = torch.Generator().manual_seed(0)
    coefficients, features = (
        torch.randn(k, 5, dtype=torch.float64, generator=generator) for k in (7, 9)
    )
    cost = Bilinear(coefficients, features)
    chosen = torch.tensor([2, 4])
    torch.testing.assert_close(cost.held().columns(chosen), cost.columns(chosen))


def test_converged_tells_the_truth_both_ways():
    transport = problem()
    early = solve(transport, tolerance=1e-3)
    assert early.converged
    assert early.errors[-1] <= 1e-3 < early.errors[-2]
    assert early.num_steps == len(early.errors) - 1
    share, _ = sweep(early.v, transport, torch.empty(25, 0, dtype=torch.float64))
    assert float(marginal_error(share, transport.log_p)) == pytest.approx(early.errors[-1])
    late = solve(transport, tolerance=1e-12, max_rounds=3)
    assert not late.converged
    assert late.num_steps == 3
    assert late.errors[-1] > 1e-12


def test_an_update_never_lowers_the_objective():
    transport = problem(zeros=0, eps=0.05)
    v = torch.zeros(25, dtype=torch.float64)
    values = []
    for _ in range(30):
        values.append(float(objective(v, transport)))
        share, _ = sweep(v, transport, torch.empty(25, 0, dtype=torch.float64))
        v = update(v, share, transport)
    assert all(b >= a - 1e-12 for a, b in itertools.pairwise(values))
    assert values[-1] > values[0] + 0.01


def test_falling_strength_reaches_the_same_optimum_far_sooner():
    """Two groups that touch only at one of many draws: plain updates move eps log-ratios."""
    generator = torch.Generator().manual_seed(0)
    place = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None] ** 2
    groups = torch.tensor([0.0, 1.0], dtype=torch.float64).repeat_interleave(20)
    data = groups + 0.01 * torch.randn(40, dtype=torch.float64, generator=generator)
    transport = Problem(
        cost=Matrix(200 * (place - data).square()),
        log_p=torch.full((40,), -math.log(40), dtype=torch.float64),
        eps=1.0,
    )
    start = torch.zeros(40, dtype=torch.float64)
    plain = FixedPoint(steps=1, scaling=1, max_rounds=60, tolerance=0).solve(transport, start)
    scaled = FixedPoint(steps=6, scaling=32, max_rounds=10, tolerance=0).solve(transport, start)
    assert plain.num_steps == scaled.num_steps == 60
    assert scaled.errors[-1] < 0.2 * plain.errors[-1]
    truth = solve(transport, tolerance=1e-10, max_rounds=100000)
    assert truth.converged
    long = FixedPoint(steps=6, scaling=32, max_rounds=500, tolerance=1e-7)
    again = FixedPoint(steps=1, scaling=1, max_rounds=100000, tolerance=1e-10)
    reached = again.solve(transport, long.solve(transport, start).v)
    torch.testing.assert_close(
        objective(reached.v, transport), objective(truth.v, transport), rtol=1e-9, atol=0
    )


def test_blocks_do_not_change_the_result():
    transport = problem()
    v = torch.linspace(-1, 1, 25, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(25, 3, dtype=torch.float64, generator=generator)
    whole = sweep(v, transport, features)
    small = replace(transport, block_entries=75)  # three rows a block, one left over
    parts = sweep(v, small, features)
    torch.testing.assert_close(whole, parts)
    chi = responsibilities(v, transport)
    torch.testing.assert_close(parts[0], chi.mean(0))
    torch.testing.assert_close(parts[1], chi @ features)


def test_lost_columns_are_taken_a_block_at_a_time():
    """Data whose share underflows need the log domain; however many, memory stays bounded."""
    asked = []

    class Watched(Matrix):
        def columns(self, chosen):
            asked.append(len(chosen))
            return super().columns(chosen)

    transport = problem()
    transport = replace(transport, cost=Watched(transport.cost.values * 1e4))
    v = torch.zeros(25, dtype=torch.float64)
    share = torch.zeros(25, dtype=torch.float64)
    whole = update(v, share, transport)
    assert asked == [25]
    asked.clear()
    num_draws = transport.cost.shape[0]
    parts = update(v, share, replace(transport, block_entries=4 * num_draws))
    assert asked == [4, 4, 4, 4, 4, 4, 1]
    torch.testing.assert_close(whole, parts)
    assert bool(torch.isfinite(parts).all())


def test_bilinear_cost_is_its_matrix():
    generator = torch.Generator().manual_seed(3)
    coefficients, features = (torch.rand(k, 3, generator=generator) for k in (7, 5))
    bilinear, matrix = Bilinear(coefficients, features), Matrix(coefficients @ features.T)
    bias, rows = torch.rand(5, generator=generator), slice(2, 6)
    assert bilinear.shape == matrix.shape == (7, 5)
    torch.testing.assert_close(
        bilinear.scores(rows, bias, 0.3, torch.empty(4, 5)),
        matrix.scores(rows, bias, 0.3, torch.empty(4, 5)),
    )
    chosen = torch.tensor([4, 1])
    torch.testing.assert_close(bilinear.columns(chosen), matrix.columns(chosen))


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    m=st.integers(1, 30),
    n=st.integers(2, 30),
    log_eps=st.floats(-3, 3, allow_subnormal=False),
    log_scale=st.floats(-3, 6, allow_subnormal=False),
)
def test_float32_never_gives_nan_and_ends_no_worse(seed, m, n, log_eps, log_scale):
    base = problem(seed, m, n, eps=10**log_eps, scale=10**log_scale)
    transport = Problem(
        cost=Matrix(base.cost.values.float()), log_p=base.log_p.float(), eps=base.eps
    )
    solver = FixedPoint(steps=1, scaling=1, max_rounds=50, tolerance=1e-5)
    output = solver.solve(transport, torch.zeros(n))
    assert bool(torch.isfinite(output.v).all())
    assert all(math.isfinite(error) for error in output.errors)
    assert output.errors[-1] <= output.errors[0] + 1e-4
    error, rounding = error_of(output.v, transport), 1e-5 * 10 ** (log_scale - log_eps)
    if output.converged:
        assert error <= 1e-5 + rounding
    else:
        assert output.num_steps == 50
        assert error > 1e-5 - rounding
