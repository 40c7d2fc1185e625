"""What is looked at before anything is started."""

from __future__ import annotations

import errno
import shutil
import socket
from pathlib import Path

import psutil

from homeprices.domain.errors import Refused, Unavailable
from homeprices.local.plan import StackPlan

LEAST_FREE_MB = 300


def check_ports(plan: StackPlan) -> None:
    """Raises Refused for a port that two of our services or another program wants."""
    owners: dict[int, str] = {}
    for service in plan.services:
        if service.port is None:
            continue
        if service.port in owners:
            raise Refused(
                f"{owners[service.port]} and {service.name} both want port {service.port}; move "
                f"one: ./homes up --port {service.option}={free_port(plan.host)}"
            )
        owners[service.port] = service.name
        if not is_free(plan.host, service.port):
            raise Refused(
                f"port {service.port}, which {service.name} needs, is taken{_by(service.port)}; "
                "stop that, or move ours: "
                f"./homes up --port {service.option}={free_port(plan.host)}"
            )


def is_free(host: str, port: int) -> bool:
    """True when a server could listen at `port`; raises Unavailable where it never could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Unavailable(f"no service can listen at {host}:{port}: {error.strerror}") from None
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


def check_disk(folder: Path, least_mb: int = LEAST_FREE_MB) -> None:
    """Raises Unavailable when the disk that holds `folder` has too little room left."""
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < least_mb:
        raise Unavailable(
            f"the disk that holds {folder} has {free_mb} MB left and a start needs {least_mb}; "
            "make room, or set HOMES_DATA_DIR to a folder on another disk"
        )


def _by(port: int) -> str:
    """By whom, as far as this account may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                pid = connection.pid
                return f" by {psutil.Process(pid).name()} (process {pid})" if pid else ""
    except psutil.Error:
        return ""
    return ""
