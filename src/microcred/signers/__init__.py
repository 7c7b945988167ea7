"""Keys where they should live: in a hardware module, or behind a key service. Each class satisfies ``Signer``.

What a signer needs beyond the core is an extra, and is imported when the signer is made.
"""

from __future__ import annotations

from microcred.signers.aws_kms import KMSSigner
from microcred.signers.pkcs11 import PKCS11Signer
from microcred.signers.reference import KeyReference
from microcred.signers.vault import VaultSigner

__all__ = ["KMSSigner", "KeyReference", "PKCS11Signer", "VaultSigner"]
