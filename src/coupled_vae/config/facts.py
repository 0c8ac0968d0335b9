"""What is known of a dataset before it is generated: its sizes and what it has besides numbers."""

from typing import Literal

from coupled_vae.config.section import Section

Kind = Literal["points", "modes", "images"]
Image = tuple[int, int, int]


class Facts(Section):
    """Sizes of a dataset, and what its metrics can rest on.

    Attributes:
        rows: Number of data that models are trained on, n.
        columns: Number of coordinates of a datum, d; of images the number of values.
        held_out: Number of data that are held out of training; zero if there are none.
        image: Height, width and channels of images; None for points.
        classes: Number of different labels; zero if there are none.
        modes: Whether the data are of a mixture whose centres and standard deviation are known.
    """

    rows: int
    columns: int
    held_out: int = 0
    image: Image | None = None
    classes: int = 0
    modes: bool = False

    @property
    def kind(self) -> Kind:
        """What the data are, which decides what is measured and shown."""
        if self.image:
            return "images"
        return "modes" if self.modes else "points"
