"""What is fed to psql is the dump, in an empty database, and for servers of any version."""

import io

from homeprices.stores.postgres.dumps import feed

TIMEOUT = b"SET transaction_timeout = 0;\n"
SETTINGS = (
    b"-- PostgreSQL database dump\n\nSET statement_timeout = 0;\n%b"
    b"SET client_encoding = 'UTF8';\n\n"
)
ROWS = b"COPY public.feedback (text) FROM stdin;\n%b\\.\n" % (TIMEOUT * 100)


def fed(dump: bytes) -> bytes:
    pipe = io.BytesIO()
    feed(pipe, io.BytesIO(dump))
    return pipe.getvalue()


def test_what_only_new_servers_know_is_set_where_it_is_known() -> None:
    content = fed(SETTINGS % TIMEOUT + ROWS)
    assert content.count(TIMEOUT) == 100  # what was written in a row stays
    assert b"WHERE name = 'transaction_timeout';\nSET client_encoding" in content


def test_a_dump_without_it_is_fed_as_it_is() -> None:
    dump = SETTINGS % b"" + b"-- and long enough to be read in two pieces\n" * 100
    assert dump in fed(dump)
