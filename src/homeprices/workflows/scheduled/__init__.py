"""What the schedule calls, one function a task, plain values in and out; a file for each DAG."""
