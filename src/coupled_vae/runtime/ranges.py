"""Allowed values of a number: its range, and whether it may be undefined. No numpy or pandas."""

import math
import re
from dataclasses import dataclass

# Python's float() would also read "1_000" and "infinity".
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Number:
    """A column of numbers, never infinite.

    Attributes:
        low: Smallest value.
        high: Largest value.
        whole: Whether only integers are allowed.
        undefined: Whether a value may be written ``nan``.
        empty: Whether a field may be empty; it is read as nan.
    """

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False
    undefined: bool = False
    empty: bool = False

    def read(self, text: str) -> float:
        """The value.

        Raises:
            ValueError: The text is not a number, or the number is outside the range.
        """
        if (self.empty and not text) or (self.undefined and text == "nan"):
            return math.nan
        if not NUMBER.fullmatch(text):
            raise ValueError("is not a number")
        value = float(text)
        if flaw := self.flaw(value):
            raise ValueError(flaw)
        return int(value) if self.whole else value

    def flaw(self, value: float) -> str:
        """What is wrong with a value; empty if nothing is."""
        if math.isnan(value):
            return "" if self.undefined else "is not a number"
        if math.isinf(value):
            return "is not finite"
        if not self.low <= value <= self.high:
            return f"is outside {self.low:g} to {self.high:g}"
        if self.whole and value != round(value):
            return "is not a whole number"
        return ""
