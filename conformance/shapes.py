"""Credentials of many shapes, unsigned; each must get through every format, in both directions."""

from __future__ import annotations

from conformance import shapes_of_badges, shapes_of_values  # noqa: F401 - they fill the table
from conformance.shape_parts import SHAPES, Shape

__all__ = ["SHAPES", "Shape"]
