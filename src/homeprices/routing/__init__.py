"""One door for visitors: nginx, its configuration, and who follows the experiments.

Beside serving and not under local: containers run it without the embedded
stack (docs/decisions/0002-routing-room.md).
"""

from homeprices.routing.service import run_page, run_router

__all__ = ["run_page", "run_router"]
