"""What is made ahead, and what goes when its time has come."""
