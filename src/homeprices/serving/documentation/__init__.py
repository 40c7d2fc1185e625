"""What a service says of itself: /openapi.json, which /docs and /redoc show."""
