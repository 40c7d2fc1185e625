"""The tracking server as this project runs it: rows in PostgreSQL, files in the object store."""

from __future__ import annotations

from homeprices.settings import Settings

HEALTH = "/health"


def environment(settings: Settings) -> dict[str, str]:
    """What `mlflow server` reads; not its arguments, which every account could see."""
    return {
        "MLFLOW_BACKEND_STORE_URI": settings.database_url(settings.mlflow_db),
        "MLFLOW_ARTIFACTS_DESTINATION": f"{settings.objects.rstrip('/')}/mlflow",
        "MLFLOW_SERVE_ARTIFACTS": "true",
        "MLFLOW_HOST": settings.host,
        "MLFLOW_PORT": str(settings.mlflow_port),
        "MLFLOW_WORKERS": "1",
        # Its jobs are eight more processes and twice the memory, for nothing that is used here.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
