"""Where peers that log keep their rows: a table of what was asked and answered, and no more."""

COLUMNS = ("location", "total_sqft", "bhk", "bath", "price", "low", "high")
TABLE = """
CREATE TABLE {table} (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    at          timestamptz NOT NULL DEFAULT now(),
    location    text NOT NULL,
    total_sqft  double precision NOT NULL,
    bhk         integer NOT NULL,
    bath        double precision NOT NULL,
    price       double precision NOT NULL,
    low         double precision NOT NULL,
    high        double precision NOT NULL
)
"""


def insert(table: str, *places: str) -> str:
    """The statement that keeps a row and returns its id; a place stands for a value."""
    columns = ", ".join(COLUMNS)
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(places)}) RETURNING id"  # noqa: S608
