"""A city that declares more of a home than Bengaluru does."""

from importlib import resources

from homeprices import markets

BANGALORE = resources.files(markets).joinpath("bangalore.toml").read_text(encoding="utf-8")
MORE = """
[facts.half_baths]
kind = "whole"
field = "half_bath"
columns = ["half_baths", "HalfBath"]
title = "Half baths"
words = "number of half baths"
required = true
bounds = { least = 0, most = 4 }

[facts.sold_on]
kind = "date"
field = "sold_on"
columns = ["date_of_sale", "sold_on"]
title = "Sold on"
words = "date of sale"

[facts.gated]
kind = "flag"
field = "gated"
columns = ["gated"]
title = "Gated"
words = "gated community"

[facts.facing]
kind = "choice"
field = "facing"
columns = ["facing"]
title = "Facing"
words = "direction it faces"
values = { north = ["n"], "north east" = ["ne", "north-east"] }
"""
TOWN = (
    BANGALORE.replace(
        '"price",\n]',
        '"price", "half_baths", "latitude", "longitude", "sold_on", "gated",\n"facing"]',
    ).replace('[facts.bathrooms]\nkind = "whole"', '[facts.bathrooms]\nkind = "number"\nstep = 0.5')
    + MORE
)
