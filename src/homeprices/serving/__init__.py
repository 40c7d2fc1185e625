"""The HTTP service: it answers with the model in its slot and keeps a record of every answer."""
