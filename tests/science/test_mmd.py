"""The training MMD: naive sums, power, gradient."""

import torch

from coupled_vae.science.mmd import IMQ_SCALES, imq, mmd, rbf


def naive(a, b, kernel):
    def k(p, q):
        return float(kernel((p - q).square().sum()))

    m, n = len(a), len(b)
    aa = sum(k(a[i], a[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    bb = sum(k(b[i], b[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    return aa + bb - 2 * sum(k(p, q) for p in a for q in b) / (m * n)


def test_equals_the_double_loop():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(k, 2, generator=generator, dtype=torch.float64) for k in (7, 9))
    b = b + 1
    for kernel in (rbf, imq):
        torch.testing.assert_close(float(mmd(a, b, kernel)), naive(a, b, kernel))


def test_kernels_at_distance_zero_count_their_scales():
    zero = torch.zeros(())
    assert float(rbf(zero)) == 1
    assert float(imq(zero)) == len(IMQ_SCALES)


def test_tells_a_shifted_sample_from_an_equal_one_and_pulls_it_back():
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(400, 2, generator=generator), torch.randn(400, 2, generator=generator)
    shift = torch.tensor([1.0, 0.0], requires_grad=True)
    for kernel in (rbf, imq):
        moved = mmd(a + shift, b, kernel)
        assert float(moved.detach()) > 20 * abs(float(mmd(a, b, kernel)))
        (gradient,) = torch.autograd.grad(moved, shift)
        assert float(gradient[0]) > 10 * abs(float(gradient[1]))


def test_codes_far_from_the_origin_have_no_negative_squares():
    """Rounding would make some of them negative, where the kernels are no kernels any more."""
    generator = torch.Generator().manual_seed(0)
    a = (3000 + torch.randn(256, 2, generator=generator)).requires_grad_()
    b = 3000 + torch.randn(256, 2, generator=generator)
    for kernel in (rbf, imq):
        value = mmd(a, b, kernel)
        (gradient,) = torch.autograd.grad(value, a)
        assert abs(float(value.detach())) <= 2 * float(kernel(torch.zeros(())))
        assert torch.isfinite(gradient).all()
