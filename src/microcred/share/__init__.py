"""What people show each other: a link that adds a credential to LinkedIn, a QR code, a certificate to print.

Nothing here verifies, and nothing opens a connection.
"""

from __future__ import annotations

from microcred.share.certificates import certificate
from microcred.share.linkedin import LinkedInLink, linkedin_url
from microcred.share.qr_codes import qr

__all__ = ["LinkedInLink", "certificate", "linkedin_url", "qr"]
