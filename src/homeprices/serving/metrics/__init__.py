"""What Prometheus reads of a service: what its requests count, the process, and the loop."""

from homeprices.serving.metrics.service import ASK, LOAD, ServiceMetrics, VersionMetrics

__all__ = ["ASK", "LOAD", "ServiceMetrics", "VersionMetrics"]
