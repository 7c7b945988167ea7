"""What the library does, behind URLs: the VC-API, hosting, and pages for people (extra ``server``).

::

    app = create_app(Service(issuers=[...], base_url="https://badges.example.edu"))     # all of it
    my_fastapi_app.include_router(vc_api_router(service), prefix="/vc")                 # or parts
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microcred.server.app import create_app
    from microcred.server.hosting import hosting_router
    from microcred.server.issuing import IssuingService
    from microcred.server.operations import operations_router
    from microcred.server.pages import pages_router
    from microcred.server.service import Service
    from microcred.server.settings import Settings
    from microcred.server.tokens import Token
    from microcred.server.vc_api import issuing_router, vc_api_router, verifying_router

__all__ = [
    "IssuingService",
    "Service",
    "Settings",
    "Token",
    "create_app",
    "hosting_router",
    "issuing_router",
    "operations_router",
    "pages_router",
    "vc_api_router",
    "verifying_router",
]

_NEEDED = ("fastapi", "jinja2", "prometheus_client", "python_multipart", "sqlalchemy", "starlette")
_HOMES = {
    "IssuingService": "issuing",
    "Service": "service",
    "Settings": "settings",
    "Token": "tokens",
    "create_app": "app",
    "hosting_router": "hosting",
    "issuing_router": "vc_api",
    "operations_router": "operations",
    "pages_router": "pages",
    "vc_api_router": "vc_api",
    "verifying_router": "vc_api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'microcred.server' has no attribute {name!r}")
    try:
        value: object = getattr(import_module(f"microcred.server.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        raise ImportError("microcred.server needs an extra: pip install 'microcred[server]'") from None
    globals()[name] = value
    return value
