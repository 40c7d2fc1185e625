"""What the schedule calls, one function a task, plain values in and out; a file for each DAG.

They put settings, stores and workflows together, as the commands do for people.
"""
