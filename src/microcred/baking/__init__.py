"""Baked badges: a PNG or SVG that carries its credential (Open Badges 3.0 §5.3). No network, no entities."""

from __future__ import annotations

from microcred.baking.images import bake, looks_like_image, unbake

__all__ = ["bake", "looks_like_image", "unbake"]
