"""What people see in a browser: the page that verifies what they have, and the page of a credential that is hosted.

Both work without JavaScript, keep nothing, and take nothing from elsewhere.
"""

from __future__ import annotations

from microcred.server.pages.credential import credential_page
from microcred.server.pages.routes import pages_router
from microcred.server.pages.words import language_of

__all__ = ["credential_page", "language_of", "pages_router"]
