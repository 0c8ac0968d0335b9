"""Steps from metrics and draws to the frame of record, tables and figures."""

from pathlib import Path

from coupled_vae.config.cells import Row
from coupled_vae.config.roots import PAPER, SEARCH
from coupled_vae.plan import layout
from coupled_vae.plan.jobs import (
    CollectJob,
    Figure1Job,
    ImageFigureJob,
    ImagesTableJob,
    SearchTableJob,
    StudyJob,
    TableJob,
)
from coupled_vae.plan.jobs.reports import DatasetRows, Seeds, StudyMeasures
from coupled_vae.plan.steps._base import CellNames, Experiments, code_of, experiment_of
from coupled_vae.reporting.rows import StudyRow


def _data(dataset: str) -> Path:
    return Path(layout.DATA.format(dataset=dataset))


def _study_row(row: Row, seed: int) -> StudyRow:
    run = CellNames(row.root, row.dataset, row.name, str(seed)).path(layout.RUN)
    return StudyRow(name=row.name, label=row.label, value=row.value, run=run)


class ReportSteps(Experiments):
    """Reports of a grid, of the search and of a study."""

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
            study=measures,
            out=Path(root),
            code=code_of("pipeline.collect", *(["pipeline.study_metrics"] if study else [])),
        )

    def table(self, root: str, table: str) -> TableJob | ImagesTableJob | SearchTableJob:
        """A table of a grid or of the search, by its name."""
        metrics, out = Path(layout.METRICS.format(root=root)), Path(root, "tables")
        if root == SEARCH:
            return self._search_table(table, metrics, out)
        if table == "images":
            return ImagesTableJob(
                datasets=self._image_rows(root),
                metrics=metrics,
                out=out,
                code=code_of("reporting.tables.images"),
            )
        grid, (dataset, *_) = self.grids[root], self.of_type("points", self.grids[root].datasets)
        return TableJob.model_validate(
            {
                "name": table,
                "dataset": dataset,
                "models": self._labels(grid.models),
                "beside": self._labels(grid.beside.get(dataset, [])),
                "metrics": metrics,
                "resampling": metrics.with_name("resampling.csv"),
                "out": out,
                "code": code_of(f"reporting.tables.{table}"),
            }
        )

    def _search_table(self, dataset: str, metrics: Path, out: Path) -> SearchTableJob:
        search = self.params.experiments.search.datasets[dataset]
        return SearchTableJob(
            dataset=dataset,
            type=self.params.datasets[dataset].type,
            run_here=dataset not in self.left_out,
            models=self._labels(search.candidates),
            search=search,
            args={name: self.params.args(name, dataset) for name in search.candidates},
            metrics=metrics,
            out=out,
            code=code_of("reporting.tables.search"),
        )

    def figure(self, root: str, figure: str) -> Figure1Job | ImageFigureJob:
        """A figure of a grid: ``figure1``, or ``figure3`` or ``figure4`` of a dataset of images."""
        grid, name, out = self.grids[root], figure.partition("_"), Path(root, "figures")
        if not name[2]:
            own = self.params.figures.figure1
            (dataset, *_) = self.of_type("points", grid.datasets)
            return Figure1Job(
                runs=self._shown(root, dataset, own.seed),
                data=_data(dataset),
                modes=self.params.evaluation.mode_settings(),
                figure=own,
                out=out,
                code=code_of("reporting.figures.figure1"),
            )
        settings = getattr(self.params.figures, name[0])
        # A grid past the paper shows its first seed.
        seed = settings.seed if root == PAPER else grid.seeds[0]
        return ImageFigureJob(
            name=figure,
            runs=self._shown(root, name[2], seed),
            data=_data(name[2]),
            figure=settings.model_copy(update={"seed": seed}),
            out=out,
            code=code_of(f"reporting.figures.{name[0]}"),
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

    def _image_rows(self, root: str) -> list[DatasetRows]:
        grid = self.grids[root]
        return [
            DatasetRows(
                name=name,
                label=self.params.datasets[name].label,
                models=self._labels(grid.names(name)),
                run=name not in self.left_out,
            )
            for name in self.of_type("images", grid.datasets)
        ]
