"""A made-up city that has nothing of Bengaluru: square metres, euros, rooms in the place of BHK."""

from math import exp

import numpy as np

from homeprices import markets
from homeprices.domain.listing import Home, Listing

TOML = """
name = "lakeside"
title = "Lakeside Homes"
city = "Lakeside"
area_unit = "m2"
area_words = "m²"
language = "en"
number_format = "en-GB"
price_columns = ["price"]
published = ["locality", "area", "bedrooms", "bathrooms", "kind", "price"]
fillers = ["near"]
endings = ["quay"]

[money]
symbol = "€"
currency = "euros"
price_unit = "thousand"
units_of_currency = 1_000
large_unit = "million"
large_unit_factor = 1_000
signs = ["€", "eur"]

[money.units]
k = 1
thousand = 1
million = 1_000
euros = 0.001

[usual]
area = { least = 25, most = 220 }
least_area_per_bedroom = 12
most_area_per_bedroom = 90
rate = 4_000

[comparable]
area_share = 0.25
fewest = 1

[area_choices]
"m²" = ""
"sq ft" = "sqft"

[area_units]
"" = 1.0
m2 = 1.0
sqft = 0.0929

[facts.locality]
kind = "locality"
field = "district"
columns = ["district"]
title = "District"
words = "district"
required = true
examples = ["Old Harbour"]

[facts.area]
kind = "area"
field = "living_area"
columns = ["living_area"]
title = "Living area"
words = "living area"
required = true
bounds = { least = 12, most = 900 }
examples = ["80", "75 - 85"]

[facts.bedrooms]
kind = "whole"
field = "rooms"
columns = ["rooms"]
title = "Rooms"
words = "number of rooms"
counted = ["room", "rooms"]
required = true
bounds = { least = 1, most = 14 }
examples = ["3"]

[facts.bathrooms]
kind = "whole"
field = "baths"
columns = ["baths"]
title = "Bathrooms"
words = "number of bathrooms"
required = true
bounds = { least = 1, most = 8 }
examples = ["1"]

[facts.kind]
kind = "choice"
field = "kind"
columns = ["kind"]
title = "Kind of home"
words = "kind of home"
values = { flat = [], house = [] }

[landmarks]
centre = [47.0, 9.0]
"""
LAKESIDE = markets.parse(TOML.encode())
# Euros for a square metre, in thousands.
RATES = {"Old Harbour": 6.0, "Mill Hill": 4.4, "Station Quay": 3.6, "Far Meadow": 2.8}
SPREAD = 0.08


def truth(home: Home) -> float:
    """What the market asks for a home, before chance: in thousands of euros."""
    return RATES[home.locality] * home.area * (1.15 if home.facts.get("kind") == "house" else 1.0)


def lakeside_listings(rows: int = 900, seed: int = 1) -> list[Listing]:
    """Listings as that market has them, a fifth of them houses."""
    rng = np.random.default_rng(seed)
    listings = []
    for _ in range(rows):
        rooms = int(rng.integers(1, 6))
        area = float(round(rooms * rng.uniform(18, 32)))
        kind = "house" if rng.random() < 0.2 else "flat"
        district = str(rng.choice([*RATES]))
        home = Home(district, area, rooms, 1 + rooms // 3, {"kind": kind})
        listings.append(Listing(home, round(truth(home) * exp(rng.normal(0, SPREAD)), 1)))
    return listings
