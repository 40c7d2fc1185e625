"""`python -m homeprices` is `homes`."""

from homeprices.cli import main

main()
