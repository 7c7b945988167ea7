"""The issuer's side: keys that rotate, the documents that verifiers look up, and credentials that are issued again."""

from microcred.issuer.folder import IssuerFolder
from microcred.issuer.identity import Issuer, IssuerSigner
from microcred.issuer.issuer_keys import IssuerKey
from microcred.issuer.reissuing import Reissued, digest, is_signed_by, reissue

__all__ = ["Issuer", "IssuerFolder", "IssuerKey", "IssuerSigner", "Reissued", "digest", "is_signed_by", "reissue"]
