"""The page of timings."""

import json
from pathlib import Path

import pytest

from coupled_vae.run import timings
from coupled_vae.runtime.errors import UserError

MEASURED = {"machine": "a CPU", "device": "cpu", "torch": "2"}


def test_a_line_for_each_model_of_each_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="results has no timings"):
        timings.measured()
    for root, seeds in (("results", (0, 1)), ("results/studies/priors", (0,))):
        for seed in seeds:
            file = Path(root) / f"timings/mog/vae/{seed}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            own = {"train_seconds": 10.0 + 2 * seed, "peak_memory_mb": None}
            file.write_text(json.dumps(MEASURED | own))
    assert timings.main() == 0
    text = timings.PAGE.read_text(encoding="utf-8")
    assert "Machine: a CPU, cpu, torch 2." in text
    lines = [line.replace(" ", "") for line in text.splitlines()]
    paper, priors = lines.index("##paper"), lines.index("##priors")
    assert "|mog|vae|2|11±1|n/a|" in lines[paper:priors]
    assert "|mog|vae|1|10|n/a|" in lines[priors:]
