"""What the node tells Prometheus about itself. It counts and measures; it judges nothing. `node` drives it."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)


class _Gauges(Collector):
    def __init__(self, read: Callable[[], dict[str, tuple[str, float]]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (text, value) in self._read().items():
            yield GaugeMetricFamily(name, text, value=value)


class Metrics:
    """Registered on `registry`; `read` gives the gauges: name → (help, value)."""

    def __init__(self, registry: CollectorRegistry, read: Callable[[], dict[str, tuple[str, float]]]) -> None:
        self.whip = Counter("broadcast_whip_answers", "WHIP requests by answer", ["code"], registry=registry)
        self.latency = Histogram(
            "broadcast_frame_seconds",
            "From a frame's last RTP packet to its way out to a reader",
            buckets=_BUCKETS,
            registry=registry,
        )
        registry.register(_Gauges(read))
