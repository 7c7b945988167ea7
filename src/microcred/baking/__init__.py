"""Baked badges: a PNG or SVG that carries its credential (Open Badges 3.0 §5.3). No network, no entities."""

from __future__ import annotations

from microcred.baking.drawing import draw_badge
from microcred.baking.images import bake, looks_like_image, unbake

__all__ = ["bake", "draw_badge", "looks_like_image", "unbake"]
