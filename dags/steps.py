"""How a task calls a workflow, the same in every DAG. Not a DAG itself: see .airflowignore."""

import ast
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

WORKFLOWS = "homeprices.workflows.scheduled"


def call(name, *inputs):
    """The answer of the workflow `subject.verb`; what it declines is skipped, with the reason.

    What the run was about is written on the run itself.
    """
    subject, _, verb = name.partition(".")
    bootstrap, story = import_module("homeprices.bootstrap"), import_module(f"{WORKFLOWS}.story")
    workflows = import_module(f"{WORKFLOWS}.{subject}")
    context, homes = get_current_context()["dag_run"], bootstrap.load()
    run = (context.dag_id, context.run_id)
    try:
        answer = getattr(workflows, verb)(homes, *inputs)
        print(story.tell(homes, run, verb, answer))
        return answer
    except workflows.Declined as reason:
        print(f"declined: {reason.message}")
        print(story.decline(homes, run, verb, reason.message))
        raise AirflowSkipException(reason.message) from None
    finally:
        homes.close()


def step(name, *inputs, kind=task, **settings):
    """A task of its own, named by the verb, that calls the workflow `name` with `inputs`."""
    verb = name.partition(".")[2]
    return kind(call, task_id=verb, doc_md=documented(name), **settings)(name, *inputs)


def documented(name):
    """What the workflow `subject.verb` says of itself; read, since importing it takes seconds."""
    subject, _, verb = name.partition(".")
    return _docstrings(subject)[verb]


@cache
def _docstrings(subject):
    (package,) = find_spec("homeprices").submodule_search_locations
    source = Path(package, "workflows", "scheduled", f"{subject}.py").read_text(encoding="utf-8")
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return {function.name: ast.get_docstring(function) for function in functions}
