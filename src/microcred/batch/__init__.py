"""Many credentials at once: templates filled from rows, and streams of results through any executor."""

from __future__ import annotations

from microcred.batch.signing import Form, SignOptions, SignResult, sign_many
from microcred.batch.templates import Row, Template
from microcred.batch.verifying import VerifyResult, verify_many

__all__ = ["Form", "Row", "SignOptions", "SignResult", "Template", "VerifyResult", "sign_many", "verify_many"]
