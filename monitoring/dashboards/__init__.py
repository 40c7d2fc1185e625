"""The dashboards, each a file with the question that it answers."""
