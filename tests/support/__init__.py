"""What the suites stand on: fakes, services in processes of their own, and whole stacks."""
