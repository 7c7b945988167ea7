"""Status lists: which of many credentials are revoked, one bit for each. Pure values; no network."""

from __future__ import annotations

from microcred.status.bitstring import MINIMUM_ENTRIES, StatusList, decode_bits, encode_bits, value_at

__all__ = ["MINIMUM_ENTRIES", "StatusList", "decode_bits", "encode_bits", "value_at"]
