"""What is wrong with GitHub workflows, as sentences; [] where nothing is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

PINNED = re.compile(r"uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
GREEN_ANYWAY = re.compile(r"\|\| *(true|:|exit 0)\b|\|\| *:|\bset \+e\b|^ *exit 0", re.MULTILINE)
BY_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
LOCAL = "./.github/workflows/"
OUTSIDERS = {"pull_request", "pull_request_target", "issue_comment", "workflow_run"}
DEPLOYS = re.compile(r"deploy/(send|deploy)\.sh|\bssh\b")
TESTED_IMAGES = "${{ needs.images.outputs.images }}"
# The one step that some jobs need and others do not.
MAY_BE_LEFT_OUT = {("ci.yml", "packages of the system")}
# What writes where, and why; all else may read.
MAY_WRITE = {("images.yml", "build"), ("deploy.yml", "images")}
Job = Mapping[str, Any]


def workflow_problems(files: Mapping[str, str], pins: str) -> list[str]:
    """What workflows do that none of ours may; `pins` is the page of actions to be verified."""
    workflows = {name: yaml.safe_load(text) for name, text in files.items()}
    problems: list[str] = []
    for name, workflow in workflows.items():
        of_one = [
            *_of_actions(files[name], workflow, pins),
            *_of_rights(name, workflow),
            *_of_what_is_green(name, workflow),
        ]
        problems += [f"{name}: {problem}" for problem in of_one]
    return [*problems, *_of_secrets(files, workflows), *_of_deployments(workflows)]


def triggers(workflow: Mapping[Any, Any]) -> set[str]:
    """The events that start it; YAML reads the word `on` as true."""
    on = workflow.get("on", workflow.get(True))
    return {on} if isinstance(on, str) else set(on)


def called(job: Job) -> str | None:
    """The workflow of this repository that a job is, if it is one."""
    uses = str(job.get("uses", ""))
    return uses.removeprefix(LOCAL) if uses.startswith(LOCAL) else None


def needed(jobs: Mapping[str, Job], name: str) -> set[str]:
    """All jobs that have to be green before `name` begins."""
    needs = jobs[name].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*(needed(jobs, other) for other in direct))


def steps(job: Job) -> list[Mapping[str, Any]]:
    """Its steps; none where it is a workflow."""
    return list(job.get("steps", []))


def _of_actions(text: str, workflow: Mapping[str, Any], pins: str) -> Iterator[str]:
    """By what YAML reads, however it is written; the version beside it is seen in the text."""
    rows = {
        f"{action}@{commit}": f"| {action} | {version} | `{commit}` |"
        for action, commit, version in PINNED.findall(text)
    }
    for job in workflow["jobs"].values():
        for action in _actions(job):
            if action not in rows or _is_somewhere_without_version(action, text):
                yield f"{action} is not pinned by a commit with its version beside it"
            elif rows[action] not in pins:
                yield f"{action} is not listed to be verified"
        for image in _images(job):
            if not BY_DIGEST.search(image):
                yield f"the image {image} is not pinned by its digest"


def _is_somewhere_without_version(action: str, text: str) -> bool:
    return re.search(rf"{re.escape(action)}(?! # v\d)", text) is not None


def _actions(job: Job) -> list[str]:
    """What it uses of others."""
    used = [job.get("uses"), *(step.get("uses") for step in steps(job))]
    return [action for action in used if action and not action.startswith(LOCAL)]


def _images(job: Job) -> list[str]:
    """The images that a job runs in or beside."""
    places = [job.get("container"), *job.get("services", {}).values()]
    return [place if isinstance(place, str) else place["image"] for place in places if place]


def _of_what_is_green(name: str, workflow: Mapping[str, Any]) -> Iterator[str]:
    """Ways to be green although nothing was tested."""
    for title, job in workflow["jobs"].items():
        if "exclude" in job.get("strategy", {}).get("matrix", {}):
            yield f"{title} leaves out a part of its matrix"
        for step in steps(job):
            words = step.get("name", step.get("uses", step.get("run")))
            if "if" in step and (name, words) not in MAY_BE_LEFT_OUT:
                yield f"{title} may leave out the step: {words}"
            if "shell" in step or GREEN_ANYWAY.search(str(step.get("run", ""))):
                yield f"{title} is green whatever becomes of the step: {words}"
            if step.get("with", {}).get("fail-build", True) is not True:
                yield f"{title} is green whatever becomes of the step: {words}"


def _of_rights(name: str, workflow: Mapping[str, Any]) -> Iterator[str]:
    if workflow.get("permissions") != {}:
        yield "gives rights to all of its jobs"
    for title, job in workflow["jobs"].items():
        if "write" in dict(job.get("permissions", {})).values() and (name, title) not in MAY_WRITE:
            yield f"{title} may write"
        if not called(job) and "timeout-minutes" not in job:
            yield f"{title} may run for hours"
        if "continue-on-error" in str(job):
            yield f"{title} goes on although something is red"
        if "if" in job:
            yield f"{title} may be left out, or begin although something is red"
        for step in steps(job):
            keeps = step.get("with", {}).get("persist-credentials", True)
            if "actions/checkout@" in step.get("uses", "") and keeps is not False:
                yield f"{title} keeps the token of its checkout"


def _within_reach(workflows: Mapping[str, Mapping[Any, Any]]) -> set[str]:
    """The workflows that a pull request, or whoever writes a comment, can start."""
    reached = {name for name, workflow in workflows.items() if triggers(workflow) & OUTSIDERS}
    while True:
        calls = {called(job) for name in reached for job in workflows[name]["jobs"].values()}
        more = {name for name in calls if name in workflows} - reached
        if not more:
            return reached
        reached |= more


def _of_secrets(
    files: Mapping[str, str], workflows: Mapping[str, Mapping[Any, Any]]
) -> Iterator[str]:
    for name in sorted(_within_reach(workflows)):
        if "secrets" in files[name] or "github.token" in files[name]:
            yield f"{name}: a secret is in the reach of a pull request"
        if triggers(workflows[name]) & (OUTSIDERS - {"pull_request"}):
            yield f"{name}: strangers start it with rights of ours"
    for name, workflow in workflows.items():
        for title, job in workflow["jobs"].items():
            if "secrets" in str(job) and "environment" not in job:
                yield f"{name}: {title} has a secret that nobody approves"


def _of_deployments(workflows: Mapping[str, Mapping[Any, Any]]) -> Iterator[str]:
    for name, workflow in workflows.items():
        jobs = workflow["jobs"]
        for title, job in jobs.items():
            commands = "\n".join(str(step.get("run", "")) for step in steps(job))
            if "environment" not in job and not DEPLOYS.search(commands):
                continue
            before = {called(jobs[other]) for other in needed(jobs, title)}
            for tests in sorted({"ci.yml", "images.yml"} - before):
                yield f"{name}: {title} does not need {tests}"
            if "environment" not in job:
                yield f"{name}: nobody approves {title}"
            if "concurrency" in workflow:
                yield f"{name}: while {title} waits for a person, no newer commit is tested"
            if dict(job.get("concurrency", {})).get("cancel-in-progress") is not False:
                yield f"{name}: two of {title} may run at once, or one be broken off"
            if TESTED_IMAGES not in str(job):
                yield f"{name}: {title} deploys other images than those that were tested"


def untested_images(workflow: Mapping[str, Any]) -> list[str]:
    """The jobs of images.yml that its images are handed on without."""
    output = workflow.get("on", workflow.get(True))["workflow_call"]["outputs"]["images"]["value"]
    (last,) = re.findall(r"jobs\.(\w+)\.outputs", output)
    return sorted(set(workflow["jobs"]) - needed(workflow["jobs"], last) - {last})
