"""Records on their way to PostgreSQL: a write-ahead log in a folder, and its uploader.

`spool` is the log itself; `group` writes for many at once, `segments` and `files` are its bytes
and the place up to which it is stored, `hours` and `checkpoint` the counts that belong to it.
"""
