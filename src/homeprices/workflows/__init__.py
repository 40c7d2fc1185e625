"""What can be done, one verb a file: the same functions serve commands, schedules and the API."""
