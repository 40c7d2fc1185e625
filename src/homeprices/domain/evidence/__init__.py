"""What a stream of rows proves about two models, however often it is looked at."""
