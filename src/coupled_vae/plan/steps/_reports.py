"""Steps from metrics and draws to the frame of record, tables and figures."""

from pathlib import Path

from coupled_vae.config.cells import Row, searched_row, share_of, trials_of
from coupled_vae.config.design import arguments, cost, varied
from coupled_vae.config.roots import PAPER, Phase
from coupled_vae.plan import layout
from coupled_vae.plan.code import code_of
from coupled_vae.plan.jobs import (
    CollectJob,
    FigureJob,
    NumbersJob,
    SearchTableJob,
    StudyJob,
    TableJob,
)
from coupled_vae.plan.jobs.reports import Seeds, StudyMeasures
from coupled_vae.plan.steps._base import CellNames, Experiments, experiment_of, phase_of
from coupled_vae.reporting.needs import Folder, declared, split
from coupled_vae.reporting.rows import (
    DatasetRows,
    MeasuredDataset,
    SearchedModel,
    SearchRow,
    ShownDataset,
    StudyRow,
)


def _data(dataset: str) -> Path:
    return Path(layout.DATA.format(dataset=dataset))


def _study_row(row: Row, seed: int) -> StudyRow:
    run = CellNames(row.root, row.dataset, row.name, str(seed)).path(layout.RUN)
    return StudyRow(name=row.name, label=row.label, value=row.value, run=run)


class ReportSteps(Experiments):
    """Reports of a grid, of the rounds of the search and of a study."""

    def collect(self, root: str) -> CollectJob:
        """Join the metrics of an experiment."""
        seeds, rows, measures = self.seeds(root), self.rows(root), None
        if study := self.studies.get(root):
            rows = [*self.experiments[root].rows]
            measures = StudyMeasures(holes=study.holes, data=_data(study.dataset))
        return CollectJob(
            experiment=experiment_of(root),
            models=[
                Seeds(root=Path(row.root), dataset=row.dataset, model=row.name, seeds=seeds)
                for row in rows
            ],
            traits={name: self.traits(name) for name in sorted({row.dataset for row in rows})},
            study=measures,
            out=Path(root),
            code=code_of("pipeline.collect", *(["pipeline.study_metrics"] if study else [])),
        )

    def table(self, root: str, table: str) -> TableJob | SearchTableJob:
        """A table of a grid or of a round of the search, by its name."""
        if phase := phase_of(root):
            return self._search_table(phase, root, table)
        metrics, out = Path(layout.METRICS.format(root=root)), Path(root, "tables")
        kind, dataset = split("tables", table)
        needs = declared("tables")[kind]
        shown = [dataset] if dataset else self.taken("tables", kind, root)
        return TableJob(
            kind=kind,
            name=table,
            datasets=[self._dataset_rows(root, name) for name in shown],
            metrics=metrics,
            resampling=metrics.with_name("resampling.csv") if needs.with_errors else None,
            out=out,
            code=code_of(f"reporting.tables.{kind}"),
        )

    def names(self, folder: Folder, root: str) -> list[str]:
        """Names of the tables or figures of a grid."""
        return [
            name
            for kind, needs in declared(folder).items()
            for name in needs.files(kind, self.taken(folder, kind, root))
        ]

    def taken(self, folder: Folder, kind: str, root: str) -> list[str]:
        """The datasets of a grid that a kind of table or figure shows."""
        needs = declared(folder)[kind]
        if needs.grid not in ("any", "paper" if root == PAPER else "further"):
            return []
        names = self.grids[root].datasets if needs.lists_not_run else [*self.models(root)]
        taken = [name for name in names if needs.takes(self.traits(name).kind, name)]
        if needs.planar:
            taken = [name for name in taken if self._is_planar(name)]
        return taken[:1] if needs.each == "first" else taken

    def _is_planar(self, dataset: str) -> bool:
        facts, problem = self.facts(dataset), self.params.datasets[dataset].problem
        return facts is not None and facts.columns == problem.latent_dim == 2

    def _search_table(self, phase: Phase, root: str, dataset: str) -> SearchTableJob:
        search = self.params.experiments.search
        own = search.datasets[dataset]
        models = [self._searched(phase, dataset, name) for name in own.models]
        return SearchTableJob(
            phase=phase,
            dataset=dataset,
            kind=self.traits(dataset).kind,
            scores=own.scores,
            finalists=search.finals.count,
            seconds=own.seconds * share_of(search, phase),
            models=[model for model in models if model.rows],
            metrics=Path(layout.METRICS.format(root=root)),
            out=Path(root, "tables"),
            code=code_of(f"reporting.tables.search_{phase}"),
        )

    def _searched(self, phase: Phase, dataset: str, model: str) -> SearchedModel:
        search = self.params.experiments.search
        own = search.datasets[dataset]
        return SearchedModel(
            name=model,
            label=self.params.models[model].label,
            rows=[
                SearchRow(
                    trial=trial,
                    name=searched_row(self.params, phase, dataset, model, trial).name,
                    args=varied(own.models[model], trial, search.seed),
                    cost=cost(arguments(own.models[model], trial, search.seed)),
                )
                for trial in trials_of(self.params, phase, dataset, model)
            ],
            decided=own.decided[model],
        )

    def figure(self, root: str, figure: str) -> FigureJob:
        """A figure of a grid, by its name."""
        kind, dataset = split("figures", figure)
        settings, seeds = self.params.figures.section(kind), self.grids[root].seeds
        # A grid past the paper shows its first seed.
        seed = settings["seed"] if settings and root == PAPER else seeds[0]
        shown = [dataset] if dataset else self.taken("figures", kind, root)
        needs = declared("figures")[kind]
        evaluation = self._evaluation(shown[0])
        return FigureJob(
            kind=kind,
            name=figure,
            datasets=[
                ShownDataset(name=name, data=_data(name), runs=self._shown(root, name, seed))
                for name in shown
            ],
            modes=evaluation.mode_settings() if needs.with_modes else None,
            posterior_datum=evaluation.posterior_datum if needs.with_datum else None,
            settings={**settings, "seed": seed} if settings else {},
            out=Path(root, "figures"),
            code=code_of(f"reporting.figures.{kind}"),
        )

    def numbers(self) -> NumbersJob:
        """The numbers of the paper's grid as macros."""
        grid, run = self.grids[PAPER], self.models(PAPER)
        rows = [self._dataset_rows(PAPER, name) for name in grid.datasets if name in run]
        return NumbersJob(
            datasets=[
                MeasuredDataset(
                    name=own.name,
                    models=[name for name, _ in own.models],
                    metrics=own.metrics,
                )
                for own in rows
            ],
            not_run=[name for name in grid.datasets if name not in run],
            seeds=len(self.seeds(PAPER)),
            metrics=Path(layout.METRICS.format(root=PAPER)),
            out=Path(layout.OUTPUTS["numbers"][0]),
            code=code_of("reporting.numbers"),
        )

    def study(self, root: str) -> StudyJob:
        """The report of a study."""
        study = self.studies[root]
        return StudyJob(
            label=study.label,
            dataset=study.dataset,
            rows=[_study_row(row, study.seeds[0]) for row in self.experiments[root].rows],
            metrics=Path(layout.METRICS.format(root=root)),
            data=_data(study.dataset),
            out=Path(root, "report"),
            code=code_of("reporting.study"),
        )

    def _shown(self, root: str, dataset: str, seed: int) -> list[tuple[str, Path]]:
        """Label and draws of the models that a figure shows, in the order of its rows."""
        return [
            (label, CellNames(root, dataset, name, str(seed)).path(layout.DRAWS))
            for name, label in self._labels(self.grids[root].models)
        ]

    def _dataset_rows(self, root: str, dataset: str) -> DatasetRows:
        grid = self.grids[root]
        return DatasetRows(
            name=dataset,
            label=self.params.datasets[dataset].label,
            metrics=self.traits(dataset).metrics(),
            models=self._labels(grid.models),
            run=dataset not in self.left_out,
        )
