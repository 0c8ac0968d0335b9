"""Training on another device: nothing is left on the CPU, and the numbers are the CPU's."""

import pytest
import torch
from gpu_cases import needs_gpu
from model_cases import DATASET, cell, every_kind, spec
from second_device import GPU, SecondDevice, is_marked

from coupled_vae.pipeline import torch_setup
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build, load_weights, save_weights
from coupled_vae.runtime.errors import UserError


def trained(kind, tmp_path, device):
    model = build(cell(kind), spec(kind), DATASET, device)
    result = fit(model, tmp_path / f"{kind}.pt", "me", kind, interval=0)
    return model, result


@every_kind
def test_no_tensor_of_a_model_on_another_device_meets_one_of_the_cpu(kind, tmp_path):
    with SecondDevice():
        model, there = trained(kind, tmp_path, GPU)
        state = model.state_dict()
        left = [name for name, value in state.items() if not is_marked(value) and name != "order"]
        assert not left
        save_weights(tmp_path / "weights.pt", model, f"{cell(kind)} abc")
    here, result = trained(kind, tmp_path / "cpu", torch.device("cpu"))
    assert there.history == result.history
    loaded = build(cell(kind), spec(kind), DATASET)
    load_weights(tmp_path / "weights.pt", loaded, cell(kind))
    for name, value in here.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name]), name


@every_kind
def test_a_checkpoint_resumes_on_another_device(kind, tmp_path):
    with SecondDevice():
        whole, _ = trained(kind, tmp_path, GPU)
        resumed = build(cell(kind), spec(kind), DATASET, GPU)
        result = fit(resumed, tmp_path / f"{kind}.pt", "me", kind, interval=1e9)
        assert all(is_marked(parameter) for parameter in resumed.parameters())
    assert result.history
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_second_device_tells_a_mistake():
    with SecondDevice(), pytest.raises(AssertionError, match="two devices"):
        torch.zeros(2).to(GPU) + torch.zeros(2)


@pytest.mark.parametrize(
    ("setting", "there", "expected"),
    [("auto", True, "cuda"), ("auto", False, "cpu"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_the_setting_chooses_the_device(monkeypatch, setting, there, expected):
    monkeypatch.setenv("COUPLED_VAE_DEVICE", setting)
    monkeypatch.setattr(torch_setup.torch.cuda, "is_available", lambda: there)
    assert torch_setup.training_device().type == expected


@pytest.mark.parametrize(
    ("setting", "message"), [("gpu", "choices are auto, cpu, cuda"), ("cuda", "finds no GPU")]
)
def test_a_device_that_is_not_there_is_one_clear_line(monkeypatch, setting, message):
    monkeypatch.setenv("COUPLED_VAE_DEVICE", setting)
    monkeypatch.setattr(torch_setup.torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=message) as caught:
        torch_setup.training_device()
    assert "\n" not in str(caught.value)


@needs_gpu
@every_kind
def test_a_gpu_makes_the_cpus_step_but_for_rounding(kind):
    terms = {}
    for device in ("cpu", "cuda"):
        model = build(cell(kind), spec(kind), DATASET, torch.device(device))
        model.prepare()
        model.train()
        terms[device] = {k: float(v.detach()) for k, v in model.iterate(0).items()}
    assert terms["cuda"] == pytest.approx(terms["cpu"], rel=1e-3, abs=1e-4)


@needs_gpu
@every_kind
def test_a_gpu_ends_where_the_cpu_does(kind, tmp_path):
    ends = {}
    for name in ("cpu", "cuda"):
        _, result = trained(kind, tmp_path / name, torch.device(name))
        ends[name] = result.history[-1]["loss"]
    assert ends["cuda"] == pytest.approx(ends["cpu"], rel=0.05, abs=0.05)


@needs_gpu
@every_kind
def test_a_gpu_gives_the_same_bits_twice(kind, tmp_path):
    one, other = (trained(kind, tmp_path / name, torch.device("cuda"))[0] for name in ("a", "b"))
    for first, second in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(first, second)
