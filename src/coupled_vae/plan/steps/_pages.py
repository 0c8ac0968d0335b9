"""Steps of the pages: one of each grid past the paper, and the report of the paper's grid."""

import hashlib
import json
from pathlib import Path

from coupled_vae.config.derived import arguments
from coupled_vae.config.roots import GRIDS, PAPER
from coupled_vae.plan import layout
from coupled_vae.plan.code import code_of
from coupled_vae.plan.jobs import PageJob
from coupled_vae.plan.steps._base import CellNames, experiment_of, files_of
from coupled_vae.plan.steps._reports import ReportSteps
from coupled_vae.reporting import page_docs
from coupled_vae.reporting.page import template_digest
from coupled_vae.reporting.rows import (
    ExploredDataset,
    PageDataset,
    PageModel,
    PaperInput,
    Runs,
)

HISTORY = f"{layout.RUN}/history.csv"


class PageSteps(ReportSteps):
    """Pages of grids."""

    def page(self, root: str) -> PageJob:
        """The page of a grid past the paper."""
        assert root.startswith(GRIDS), "the page of the paper is its report"
        return self._page(root, experiment_of(root), Path(root, "index.html"))

    def report(self) -> PageJob:
        """The report of the paper's grid: a page with verdicts, comparison, seeds and curves."""
        out = Path(layout.OUTPUTS["report"][0])
        return self._page(PAPER, "Coupled variational autoencoder", out, self._paper())

    def _page(self, root: str, title: str, out: Path, paper: PaperInput | None = None) -> PageJob:
        pictures = self.names("figures", root)
        return PageJob(
            title=title,
            seeds=self.seeds(root),
            datasets=[self._page_dataset(root, name) for name in self.models(root)],
            tables=[
                Path(layout.table(f"{root}/tables", name)[0])
                for name in self.names("tables", root)
                if name != "claims"  # its verdicts are listed
            ],
            figures=[Path(layout.figure(f"{root}/figures", name)[0]) for name in pictures],
            template=template_digest(),
            paper=paper,
            out=out,
            code=code_of("reporting.page"),
        )

    def _paper(self) -> PaperInput:
        grid, metrics = self.grids[PAPER], Path(layout.METRICS.format(root=PAPER))
        seed = grid.seeds[0]
        return PaperInput(
            datasets=[self._dataset_rows(PAPER, name) for name in grid.datasets],
            mixture=next(iter(self.taken("tables", "table1", PAPER)), None),
            claims=self.taken("tables", "claims", PAPER),
            metrics=metrics,
            resampling=metrics.with_name("resampling.csv"),
            curves={name: self._of_seed(name, seed, HISTORY) for name in self.models(PAPER)},
            curve_seed=seed,
            explored=[self._explored(name, seed) for name in self._planes()],
            parameters=self._parameters(),
            docs=page_docs.digests(),
            command="make reproduce",
        )

    def _planes(self) -> list[str]:
        """The datasets of the paper's grid with a latent plane: images, or points of a plane."""
        return [
            name
            for name in self.models(PAPER)
            if self._is_planar(name)
            or (self._is_image(name) and self.params.datasets[name].problem.latent_dim == 2)
        ]

    def _is_image(self, dataset: str) -> bool:
        return self.traits(dataset).kind == "images"

    def _explored(self, dataset: str, seed: int) -> ExploredDataset:
        return ExploredDataset(
            name=dataset,
            label=self.params.datasets[dataset].label,
            images=self._is_image(dataset),
            data=Path(layout.DATA.format(dataset=dataset)),
            runs=self._shown(PAPER, dataset, seed),
        )

    def _of_seed(self, dataset: str, seed: int, pattern: str) -> Runs:
        """Label and file of every model of a dataset, of one seed."""
        return [
            (label, CellNames(PAPER, dataset, name, str(seed)).path(pattern))
            for name, label in self._labels(self.models(PAPER)[dataset])
        ]

    def _parameters(self) -> str:
        """SHA-256 of the parameters that the paper's grid uses, as JSON with sorted keys."""
        grid, tree = self.grids[PAPER], self.params.model_dump(mode="json")
        models = {
            f"{dataset}/{name}": self.params.args(name, dataset)
            for dataset in grid.datasets
            for name in grid.models
        }
        used = {
            "paper": tree["experiments"]["paper"],
            "evaluation": tree["evaluation"],
            "figures": tree["figures"],
            "datasets": {name: tree["datasets"][name] for name in grid.datasets},
            "models": models,
        }
        return hashlib.sha256(json.dumps(used, sort_keys=True).encode()).hexdigest()

    def _page_dataset(self, root: str, dataset: str) -> PageDataset:
        entry = self.params.datasets[dataset]
        return PageDataset(
            name=dataset,
            label=entry.label,
            kind=entry.kind,
            args=entry.args,
            traits=self.traits(dataset),
            facts=self.facts(dataset),
            problem=entry.problem.model_dump(),
            data=Path(layout.DATA.format(dataset=dataset)),
            files=files_of(entry.kind, entry.args),
            models=[self._page_model(name, dataset) for name in self.grids[root].models],
        )

    def _page_model(self, model: str, dataset: str) -> PageModel:
        entry, args = self.params.models[model], self.params.args(model, dataset)
        data, facts = self.params.datasets[dataset], self.facts(dataset)
        # Only data of a reader's files have derived arguments; one that is written is not marked
        # unless it has the value that the rule gives.
        rule = arguments(entry.args, facts) if facts and files_of(data.kind, data.args) else {}
        return PageModel(
            label=entry.label,
            kind=entry.kind,
            args=args,
            derived=[name for name, value in rule.items() if args[name] == value],
        )
