"""A cell's random seeds: golden values, since every result follows from them."""

from itertools import product

import pytest

from coupled_vae.pipeline.cell import Cell


@pytest.mark.parametrize(
    ("name", "purpose", "seed"),
    [
        ("mog/vae/0", "train", 6626692077997439796),
        ("mog/vae/0", "draw", 3563174680260315852),
        ("mnist/cvae/4", "train", 3114260136391244896),
        ("mog/cvae.eps-0.3/12", "train", 5553475771349225487),
        ("mog/cvae/0", "explain", 265436437709209839),
    ],
)
def test_entropy_is_what_it_has_always_been(name, purpose, seed):
    assert Cell.parse(name).entropy(purpose) == seed


def test_every_cell_and_purpose_has_its_own_seed():
    names = product(("mog", "mnist"), ("vae", "vae_nf", "cvae.eps-3"), range(20))
    cells = [Cell(dataset=data, model=model, seed=seed) for data, model, seed in names]
    purposes = ("train", "draw", "evaluate", "explain")
    seeds = {cell.entropy(purpose) for cell in cells for purpose in purposes}
    assert len(seeds) == len(cells) * len(purposes)
    assert all(0 <= seed < 2**63 for seed in seeds)
