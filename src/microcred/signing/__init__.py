"""Securing a document, and checking that security; no network.

``sign``, ``sign_selective``, ``sign_jwt``, ``sign_sd_jwt`` and ``sign_cose`` issue. ``add_proof`` and ``verify_proof``,
``encode_jwt``, ``encode_cose`` and ``verify_envelope`` work on proofs alone: a given key, no judgement of trust, dates
or binding.
"""

from __future__ import annotations

from microcred.signing.chains import proofs_of
from microcred.signing.cose import decode_cose, encode_cose
from microcred.signing.cryptosuites import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_2022,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    SUITES,
    Canonicalization,
    Cryptosuite,
)
from microcred.signing.data_integrity import add_proof, verify_proof
from microcred.signing.envelopes import Envelope, verify_envelope
from microcred.signing.hashing import hash_data
from microcred.signing.issuing import sign
from microcred.signing.issuing_envelopes import sign_cose, sign_jwt, sign_sd_jwt
from microcred.signing.issuing_selective import derive, sign_selective
from microcred.signing.jose import decode_jwt, encode_jwt
from microcred.signing.presenting import present, present_jwt
from microcred.signing.sd_jwt import present_sd_jwt

__all__ = [
    "ECDSA_JCS_2019",
    "ECDSA_RDFC_2019",
    "ED25519_SIGNATURE_2020",
    "EDDSA_2022",
    "EDDSA_JCS_2022",
    "EDDSA_RDFC_2022",
    "SUITES",
    "Canonicalization",
    "Cryptosuite",
    "Envelope",
    "add_proof",
    "decode_cose",
    "decode_jwt",
    "derive",
    "encode_cose",
    "encode_jwt",
    "hash_data",
    "present",
    "present_jwt",
    "present_sd_jwt",
    "proofs_of",
    "sign",
    "sign_cose",
    "sign_jwt",
    "sign_sd_jwt",
    "sign_selective",
    "verify_envelope",
    "verify_proof",
]
