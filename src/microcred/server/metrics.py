"""The figures of a service, as Prometheus reads them: what was asked and how it ended, never for whom."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from microcred.server.service import Service

__all__ = ["CONTENT_TYPE", "SHARED_FOLDER", "ListAge", "Metrics"]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names a folder in which several processes add up their figures; read when this is imported."""
# Clients may write any word there, and each would be a figure of its own.
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class ListAge:
    """How old the oldest status list of an issuer is, and how long the one that ends first is still valid."""

    age: timedelta
    left: timedelta | None


class Metrics:
    """Count what a service does, in a registry of its own."""

    def __init__(self, service: Service) -> None:
        """Count from now on."""
        self._gate = service.gate
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "microcred_requests",
            "Requests that were answered, by the template of the path.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._latency = Histogram(
            "microcred_request_seconds",
            "How long answers took.",
            ("method", "route"),
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._under_way = Gauge(
            "microcred_requests_under_way",
            "Requests that are not answered yet.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._done = Counter(
            "microcred_credentials",
            "What was done with credentials, and how it ended.",
            ("action", "outcome"),
            registry=self._registry,
        )
        service.gate.watchers.append(self._answered)
        service.gate.observers.append(self._noted)

    def _answered(self, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, status).inc()
        self._latency.labels(method, route).observe(seconds)
        self._under_way.set(self._gate.under_way)

    def _noted(self, action: str, outcome: str) -> None:
        self._done.labels(action, outcome).inc()

    def text(self, lists: Mapping[str, ListAge]) -> bytes:
        """Return all figures, those of all processes if they share a folder.

        Args:
            lists: How old the status lists of each issuer are.
        """
        self._under_way.set(self._gate.under_way)
        registry = self._registry
        if os.environ.get(SHARED_FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        others = CollectorRegistry()
        others.register(_OfLists(lists))
        return generate_latest(registry) + generate_latest(others)


class _OfLists(Collector):
    """The figures that are read when they are asked for."""

    def __init__(self, lists: Mapping[str, ListAge]) -> None:
        self._lists = lists

    def collect(self) -> Iterator[GaugeMetricFamily]:
        age = GaugeMetricFamily(
            "microcred_status_list_age_seconds", "How long ago the oldest status list was signed.", labels=["issuer"]
        )
        left = GaugeMetricFamily(
            "microcred_status_list_valid_seconds",
            "For how long the status list that ends first is still valid.",
            labels=["issuer"],
        )
        for issuer, each in self._lists.items():
            age.add_metric([issuer], each.age.total_seconds())
            if each.left is not None:
                left.add_metric([issuer], each.left.total_seconds())
        yield from (age, left)
