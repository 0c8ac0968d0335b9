"""Sizes and units of the data that a model was trained on; they stand in the training's record."""

from coupled_vae.config.section import Section
from coupled_vae.data.dataset import Dataset


class Described(Section):
    """What must be known of the training data to use a trained model without them.

    Attributes:
        rows: Number of data, n.
        columns: Number of values of a datum, d.
        image: Height, width and channels of images; None for points.
        shift: Number subtracted from each column, d of them; None if not standardised.
        scale: Number by which each column was then divided; None if not standardised.
    """

    rows: int
    columns: int
    image: list[int] | None
    shift: list[float] | None
    scale: list[float] | None

    @classmethod
    def of(cls, dataset: Dataset) -> "Described":
        """The description of a dataset."""
        rows, columns = dataset.x.shape
        units = bool(len(dataset.shift))
        return cls(
            rows=rows,
            columns=columns,
            image=[*dataset.image] or None,
            shift=dataset.shift.tolist() if units else None,
            scale=dataset.scale.tolist() if units else None,
        )
