"""LitServe with one API process and one worker, joined by its fast queue; nothing is kept."""

import sys

import litserve
import msgspec

from peers import model
from peers.request import HomeRequest


class PriceAPI(litserve.LitAPI):
    """The model in the worker."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self._predictor = model.load()

    def decode_request(self, request: dict[str, object]) -> HomeRequest:
        """The home that is asked about."""
        return msgspec.convert(request, HomeRequest)

    def predict(self, home: HomeRequest) -> dict[str, float]:
        """Its price."""
        return model.price(self._predictor, home.location, home.total_sqft, home.bhk, home.bath)

    def encode_response(self, prices: dict[str, float]) -> dict[str, float]:
        """The answer."""
        return prices


if __name__ == "__main__":
    server = litserve.LitServer(PriceAPI(), accelerator="cpu", fast_queue=True)
    quiet = {"log_level": "warning", "access_log": False, "generate_client_file": False}
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, **quiet)
