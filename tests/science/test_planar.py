"""Planar flows: log-determinant against autograd, invertibility, and the flow's density."""

import torch

from coupled_vae.science.models.vae_nf import planar


def layer(seed=0, rows=5, d=2, spread=3.0):
    generator = torch.Generator().manual_seed(seed)
    u, w = (spread * torch.randn(rows, d, generator=generator).double() for _ in range(2))
    return planar(u, w, torch.randn(rows, generator=generator).double())


def points(seed=0):
    generator = torch.Generator().manual_seed(100 + seed)
    return torch.randn(5, 2, generator=generator, dtype=torch.float64)


def test_log_determinant_is_autograds():
    flow, z = layer(), points()
    _, log_det = flow.forward(z)
    for row in range(5):
        single = type(flow)(*(part[row : row + 1] for part in flow))
        jacobian = torch.autograd.functional.jacobian(
            lambda point, f=single: f.forward(point[None])[0][0], z[row]
        )
        torch.testing.assert_close(log_det[row], torch.linalg.slogdet(jacobian).logabsdet)


def test_constraint_holds_and_inverse_undoes_forward():
    for seed in range(20):
        flow, z = layer(seed), points(seed)
        assert bool(((flow.w * flow.u).sum(1) >= -1).all())
        torch.testing.assert_close(flow.inverse(flow.forward(z)[0]), z, rtol=1e-6, atol=1e-6)


def test_zero_direction_gives_a_finite_layer():
    flow = planar(torch.ones(1, 2), torch.zeros(1, 2), torch.zeros(1))
    z, log_det = flow.forward(torch.ones(1, 2))
    assert bool(torch.isfinite(z).all())
    assert bool(torch.isfinite(log_det).all())


def test_many_points_through_each_layer_are_the_points_one_by_one():
    flow = layer()
    z = torch.stack([points(seed) for seed in range(3)])
    moved, log_det = flow.forward(z)
    each = [flow.forward(one) for one in z]
    torch.testing.assert_close(moved, torch.stack([one for one, _ in each]))
    torch.testing.assert_close(log_det, torch.stack([one for _, one in each]))
    torch.testing.assert_close(flow.inverse(moved), z, rtol=1e-6, atol=1e-6)
