"""What a peer is asked, where its framework does not read it."""

from typing import Annotated

import msgspec


class HomeRequest(msgspec.Struct):
    """The four fields of a home, with their bounds."""

    total_sqft: Annotated[float, msgspec.Meta(ge=100, le=30_000)]
    location: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    bhk: Annotated[int, msgspec.Meta(ge=1, le=20)]
    bath: Annotated[float, msgspec.Meta(ge=1, le=20)]
