"""A trained model is loaded from its run folder alone, and equals the one that was trained."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from model_cases import DATASET, cell, every_kind, spec

from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.image_draws import log_marginal
from coupled_vae.pipeline.trained import TrainedModel
from coupled_vae.pipeline.weights import build, load_weights
from coupled_vae.plan import trained
from coupled_vae.plan.jobs import TrainJob
from coupled_vae.plan.provenance import execute
from coupled_vae.runtime.errors import UserError


def train(folder: Path, kind: str, dataset: datasets.Dataset = DATASET, seed: int = 0) -> Path:
    data, out = folder / "data" / "mog.npz", folder / kind / str(seed)
    if not data.exists():
        datasets.save(data, dataset)
    execute(TrainJob(cell=str(cell(kind, seed)), spec=spec(kind), data=data, out=out, code="c0de"))
    return out


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("runs")
    for seed in (0, 1):
        train(folder, "vae", seed=seed)
    return folder


@every_kind
def test_a_loaded_model_equals_one_that_has_its_data(kind, tmp_path):
    out = train(tmp_path, kind)
    copy = tmp_path / "elsewhere"
    shutil.move(out, copy)
    shutil.rmtree(tmp_path / "data")
    model = trained.load(copy)
    other = build(cell(kind), spec(kind), DATASET)
    load_weights(copy / "weights.pt", other, cell(kind))
    with torch.no_grad():
        generator = torch.Generator().manual_seed(3)
        expected = other.likelihood.sample(
            other.decode(other.prior.sample(50, generator)), generator
        )
        assert np.array_equal(model.sample(50, seed=3), expected.numpy())
        x = torch.from_numpy(DATASET.x)
        mean = other.posterior_mean(x)
        assert np.array_equal(model.encode(DATASET.x), mean.numpy())
        seen = other.likelihood.mean(other.decode(mean))
        assert np.array_equal(model.reconstruct(DATASET.x), seen.numpy())
        z = other.sample_posterior(x, torch.Generator().manual_seed(4)).numpy()
        assert np.array_equal(model.sample_posterior(DATASET.x, 1, seed=4)[0], z)
        density = log_marginal(other, x, 64, torch.Generator().manual_seed(5)).numpy()
        assert np.array_equal(model.log_prob(DATASET.x, draws=64, seed=5), density)


def test_it_is_loaded_from_anywhere(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = trained.load(str(runs / "vae" / "0"))
    assert repr(model) == (
        "TrainedModel(mog/vae/0: vae, latent_dim=2, trained on 80 points of dimension 2)"
    )
    assert (model.cell, model.kind, model.latent_dim) == ("mog/vae/0", "vae", 2)
    assert model.spec == spec("vae")
    assert model.image is None


def changed(runs: Path, tmp_path: Path, **changes: object) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(runs / "vae" / "0", copy)
    file = copy / "weights.provenance.json"
    tree = json.loads(file.read_text())
    file.write_text(json.dumps({k: v for k, v in (tree | changes).items() if v != "gone"}))
    return copy


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        trained.load(folder)
    assert len(str(caught.value).splitlines()) == 1
    assert "delete" not in str(caught.value)
    return str(caught.value)


def test_exchanged_weights_are_named(runs, tmp_path):
    copy = changed(runs, tmp_path)
    shutil.copyfile(runs / "vae" / "1" / "weights.pt", copy / "weights.pt")
    text = refusal(copy)
    assert "weights of mog/vae/1" in text
    assert "the record beside it is of mog/vae/0" in text
    (copy / "weights.pt").write_bytes(b"PK")
    assert "damaged" in refusal(copy)
    (copy / "weights.pt").unlink()
    assert "copy the whole folder" in refusal(copy)


def test_a_record_that_is_missing_old_or_of_another_job_is_named(runs, tmp_path):
    copy = changed(runs, tmp_path, data="gone")
    assert "coupled-vae train @" in refusal(copy)
    shutil.rmtree(copy)
    assert "of the job draw" in refusal(changed(runs, tmp_path, command="draw"))
    (copy / "weights.provenance.json").unlink()
    assert "no such file" in refusal(copy)
    assert "no such folder" in refusal(tmp_path / "nowhere")
    assert "it is a file" in refusal(runs / "data" / "mog.npz")


def test_a_record_without_a_cell_is_named(runs, tmp_path):
    assert "job.cell 'mog'" in refusal(changed(runs, tmp_path, job={"cell": "mog"}))


def test_the_callers_default_type_does_not_matter(runs):
    expected = trained.load(runs / "vae" / "0").sample(3)
    torch.set_default_dtype(torch.float64)
    try:
        model = trained.load(runs / "vae" / "0")
        assert np.array_equal(model.sample(3), expected)
        assert np.array_equal(model.decode([[0.1, 0.2]]), model.decode(np.array([[0.1, 0.2]])))
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_wrong_sizes_in_the_record_are_named(runs, tmp_path):
    sizes = {"rows": 80, "columns": 2, "image": None, "shift": [0.0], "scale": [1.0]}
    assert "shift and scale" in refusal(changed(runs, tmp_path, data=sizes))


def test_only_the_record_of_a_training_has_data(runs):
    record = json.loads((runs / "vae" / "0" / "weights.provenance.json").read_text())
    none = {"image": None, "shift": None, "scale": None}
    assert record["data"] == {"rows": 80, "columns": 2, **none}


def test_standardised_data_come_back_in_their_own_units(runs, tmp_path):
    shift, scale = np.array([100.0, -3.0]), np.array([1000.0, 0.5])
    other = datasets.Dataset(x=DATASET.x, label=DATASET.label, shift=shift, scale=scale)
    plain = trained.load(runs / "vae" / "0")
    model = trained.load(train(tmp_path, "vae", other))
    x = DATASET.x.astype(np.float64) * scale + shift
    assert np.allclose(model.sample(20), plain.sample(20) * scale + shift, rtol=1e-12)
    assert np.allclose(model.encode(x), plain.encode(DATASET.x), atol=1e-4)
    jacobian = np.log(scale).sum()
    expected = plain.log_prob(DATASET.x, draws=256) - jacobian
    assert np.allclose(model.log_prob(x, draws=256), expected, atol=1e-2)
    assert isinstance(model, TrainedModel)
