"""What a training record says of its data, so that a model can be loaded without them."""

import math
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from coupled_vae.config.section import Section
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline.cell import Spec

Size = Annotated[int, Field(ge=1, le=10**9)]
Array = NDArray[np.float64]


class AboutData(Section):
    """Sizes and units of the data on which a model was trained.

    Attributes:
        rows: Number of data, n.
        columns: Number of values of a datum, d.
        image: Height, width and channels of images; None for points.
        shift: Number that was subtracted from each column; None for data in their own units.
        scale: Number by which each column was then divided; None as well.
    """

    rows: Size
    columns: Size
    image: Annotated[list[Size], Field(min_length=3, max_length=3)] | None
    shift: list[float] | None
    scale: list[float] | None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.image and math.prod(self.image) != self.columns:
            raise ValueError(f"image {self.image} has not {self.columns} values")
        if (self.shift is None) != (self.scale is None):
            raise ValueError("shift and scale must both be given, or both be null")
        sizes = {len(values) for values in (self.shift, self.scale) if values is not None}
        if sizes - {self.columns}:
            raise ValueError(f"shift and scale must have {self.columns} numbers each")
        if self.scale and 0 in self.scale:
            raise ValueError("scale must not have a zero")
        return self

    @classmethod
    def of(cls, dataset: Dataset, spec: Spec) -> Self:
        """What there is to say of a dataset, and of a problem that is posed on it."""
        rows, columns = dataset.x.shape
        network = spec.problem.network
        image = [*dataset.image]
        if not image and network.kind == "conv":  # the data of square grey images tell no shape
            image = network.args.get("shape") or [math.isqrt(columns), math.isqrt(columns), 1]
        units = [part.tolist() if len(part) else None for part in (dataset.shift, dataset.scale)]
        return cls(rows=rows, columns=columns, image=image or None, shift=units[0], scale=units[1])

    def to_model(self, x: Array) -> NDArray[np.float32]:
        """Flat data ``(b, d)`` in their own units, in the units of the model."""
        if self.shift is not None and self.scale is not None:
            x = (x - np.array(self.shift)) / np.array(self.scale)
        return np.ascontiguousarray(x, np.float32)

    def from_model(self, x: NDArray[np.float32]) -> NDArray[np.float32] | Array:
        """Flat data ``(b, d)`` of the model in their own units: then float64, else unchanged."""
        if self.shift is None or self.scale is None:
            return x
        own: Array = x.astype(np.float64) * np.array(self.scale) + np.array(self.shift)
        return own

    def log_volume(self) -> float:
        """Log-density in the model's units less that in the data's own units, in nats."""
        return 0.0 if self.scale is None else float(np.log(np.abs(self.scale)).sum())
