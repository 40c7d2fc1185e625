"""How a task calls a workflow, the same in every DAG. Not a DAG itself: see .airflowignore."""

from importlib import import_module

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

WORKFLOWS = "homeprices.workflows.scheduled"


def call(name, *inputs):
    """The answer of the workflow `subject.verb`; what it declines is skipped, with the reason."""
    subject, _, verb = name.partition(".")
    bootstrap = import_module("homeprices.bootstrap")
    workflows = import_module(f"{WORKFLOWS}.{subject}")
    homes = bootstrap.load()
    try:
        return getattr(workflows, verb)(homes, *inputs)
    except workflows.Declined as reason:
        print(f"declined: {reason.message}")
        raise AirflowSkipException(reason.message) from None
    finally:
        homes.close()


def step(name, *inputs, kind=task, **settings):
    """A task of its own, named by the verb, that calls the workflow `name` with `inputs`."""
    return kind(call, task_id=name.partition(".")[2], **settings)(name, *inputs)
