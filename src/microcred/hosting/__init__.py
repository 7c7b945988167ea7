"""What verifiers look up, for a web framework, or as a folder that any web server serves."""

from microcred.hosting.folder import Written, nginx, write_site
from microcred.hosting.site import CACHE_CONTROL, Hosted, HostedList, hosted

__all__ = ["CACHE_CONTROL", "Hosted", "HostedList", "Written", "hosted", "nginx", "write_site"]
