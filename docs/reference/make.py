"""Writes the reference pages beside it, each from the code that it tells of.

    .venv/bin/python docs/reference/make.py

`tests/unit/docs/test_reference.py` fails where a page is not what this would write.
"""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from homeprices import markets
from homeprices.bootstrap import Homes
from homeprices.cli import homes
from homeprices.domain import errors
from homeprices.domain.experiments import policy_file
from homeprices.domain.experiments.policies import POLICIES
from homeprices.domain.market import Market
from homeprices.domain.requests.records import Slot
from homeprices.serving.app import create_app
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.metrics.loop import STANDING, value_gauges
from homeprices.serving.metrics.process import PROCESS
from homeprices.serving.scrape import READ_AGE
from homeprices.settings import Settings
from homeprices.wording.speech import catalogue

FOLDER = Path(__file__).resolve().parent
ENV_EXAMPLE = FOLDER.parents[1] / ".env.example"
WIDTH = 100
MADE = "Made by `docs/reference/make.py`; a test holds it against the code."
UNUSED = "a service wants one and these pages do not"
# What to do about an error, by its code: the one part of these pages that no code says.
WHAT_TO_DO = {
    "bad_input": "read `fields`: each names a field, what was expected and what was given",
    "unreadable": "send JSON, a form or a query; an id as it came with the answer",
    "too_large": "send less: a question is a few hundred bytes",
    "key_misplaced": "send it in a header, and replace it: `homes keys rotate`",
    "key_missing": "send one as `X-API-Key` or bearer: of `homes keys make`, or operator.key of "
    "the data folder",
    "key_refused": "send a key of this installation, whole; each data folder has its own",
    "key_ended": "send its successor, or ask for another: `homes keys list`",
    "scope_too_small": "send a key with the scope that the message names",
    "not_found": "look at what there is: `/api/models`, `/api/decisions`, `homes lineage`",
    "gone": "nothing: its card stays, its files do not; `HOMES_MODEL_RETENTION_DAYS` keeps longer",
    "refused": "do first what the message says, then again",
    "declined": "read the reasons; `--force` where the command has it and you know better",
    "misdirected": "nothing: the router passes the home on to production, and you never see it",
    "corrupt": "`homes doctor`; restore the object from a backup, or undo to an earlier version",
    "model_failed": "nothing: the router passes the home on to production, and you never see it",
    "rate_limited": "again after `Retry-After`; `HOMES_PRICE_RATE` and its neighbours set it",
    "taken": "again: another was first, and took the name",
    "unavailable": "again after `Retry-After`; `homes status` and `/api/health` say what is away",
    "busy": "again after `Retry-After`; single prices are answered meanwhile",
    "no_model": "wait until it is loaded, or `homes train`; the router asks production meanwhile",
    "method_not_allowed": "use a method that `/docs` lists",
    "internal": "look for the number in the message in `homes logs production`",
}
OF_HTTP = (("method_not_allowed", 405), ("internal", 500))


def commands() -> str:
    """commands.md: every command with its help."""
    return _page(
        "Commands",
        "Every `homes` command with its options. From a clone it is `./homes`.",
        *(f"## {path}\n\n```\n{text}\n```\n" for path, text in _helps(homes, "homes", None)),
    )


def endpoints() -> str:
    """endpoints.md: every route of a service."""
    rows = [
        f"| `{method.upper()}` | `{path}` | {_parameters(operation)} | {_summary(operation)} "
        f"| {_scopes(operation)} |"
        for path, operations in sorted(_openapi()["paths"].items())
        for method, operation in operations.items()
    ]
    return _page(
        "Endpoints",
        "Every route of a service, at the router (7000) and at each service (6001, 6002); with the "
        "schema of every answer at `/docs`. A service answers an error as [errors.md](errors.md) "
        "says. `HEAD` at the price route prices and records nothing. With "
        "`HOMES_REQUIRE_API_KEY=1` every route under /api but those of health and `/api/fields` "
        "needs a key, with the scope `price` where the table names no other. The operator's key "
        "has every scope.",
        "| method | path | fields (optional in brackets) | what it does | scope of the key |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "Fields of a home are declared in `src/homeprices/markets/bangalore.toml` and listed by "
        "`/api/fields`.",
    )


def metrics() -> str:
    """metrics.md: every Prometheus series."""
    head = ("| series | type | labels | what it counts |", "|---|---|---|---|")
    loop = [*STANDING, *value_gauges(_market().money), READ_AGE]
    return _page(
        "Metrics",
        "Every Prometheus series at `/metrics` of a service. `variant` is the model version that "
        "answered, `none` where there was none; `slot` is production or candidate. Several workers "
        "of a service are summed by whichever is asked.",
        *head,
        *(
            _series(name, family.type, labels, family.documentation)
            for family, name, labels in _families()
        ),
        *(_series(g.name, "gauge", g.labels, g.words) for g in PROCESS),
        "",
        "## Of the loop",
        "",
        _lead(
            "What no request sees. The service of production alone tells it, from PostgreSQL and "
            "the registry, read when a scrape asks and at most every 30 s. Several services of "
            "production tell the same: expressions take `max`."
        ),
        "",
        *head,
        *(_series(g.name, "gauge", g.labels, g.words) for g in loop),
    )


def settings() -> str:
    """settings.md: every setting with its default."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {description} |"
        for name, default, description in _settings()
    ]
    return _page(
        "Settings",
        "Read from the environment, else from `settings.env` in the data folder, which `homes up` "
        "writes, else from the folder of secrets, which containers have, else the default. A value "
        "that cannot be used is refused with its name. No other "
        "place reads them (`src/homeprices/settings.py`).",
        "| variable | default | what it is |",
        "|---|---|---|",
        *rows,
    )


def env_example() -> str:
    """.env.example: every setting, commented out, for containers."""
    lead = (
        "For containers: `cp .env.example .env`, then take the # from a line that is to differ. "
        "What stays commented out has the value that stands there; secrets are made on the first "
        "start. Write a $ as $$. docs/production.md tells of the few that a first production "
        f"needs. {MADE}"
    )
    head = textwrap.fill(lead, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([head, *map(_env_lines, _settings())]) + "\n"


def _env_lines(setting: tuple[str, str, str]) -> str:
    name, default, description = setting
    return f"\n# {description}\n# {name}={default}"


def _settings() -> Iterator[tuple[str, str, str]]:
    """Name, default and description of each setting; nothing is the default of a secret or path."""
    for field in Settings.model_fields.values():
        value = field.default
        default = value.get_secret_value() if isinstance(value, SecretStr) else value
        yield str(field.alias), "" if default is None else str(default), str(field.description)


def error_codes() -> str:
    """errors.md: every code of an error and of a field, with what to do."""
    tree = [(kind.code, kind.status, _sentence(kind)) for kind in _subclasses(errors.HomesError)]
    http = {
        "method_not_allowed": "The path is known, the method is not possible there.",
        "internal": "Something failed on our side; the log has it under the number in the message.",
    }
    rows = [*tree, *((code, status, http[code]) for code, status in OF_HTTP)]
    problems = catalogue(_market().language)["problems"]
    return _page(
        "Errors",
        'An error has one shape, `{"error": {"code", "message", "fields"}}`: a code for '
        "machines, a sentence for people, and for each field in the way its own code and sentence. "
        "Raised in `src/homeprices/domain/errors.py`, given this shape in "
        "`src/homeprices/serving/problems.py`. A command prints the message and ends with 1, with "
        "75 where the same may work later.",
        "| code | status | what it means | what to do |",
        "|---|---|---|---|",
        *(
            f"| `{code}` | {status} | {text} | {WHAT_TO_DO[code]} |"
            for code, status, text in sorted(rows, key=lambda row: (row[1], row[0]))
        ),
        "",
        "## What a 422 says of a field",
        "",
        _lead(
            "Found by `src/homeprices/domain/requests/home_request.py` (a question), as the market "
            "declares its facts, `src/homeprices/domain/requests/feedback.py` (an opinion), and "
            "`src/homeprices/serving/problems.py` (any other parameter). "
            "The sentence, which follows the field's name, is in `src/homeprices/wording/en.toml`."
        ),
        "",
        "| code of a field | sentence |",
        "|---|---|",
        *(f"| `{code}` | {sentence} |" for code, sentence in problems.items()),
    )


def policies() -> str:
    """policies.md: every number of every policy."""
    parts = []
    for name, policy in POLICIES.items():
        rows = [
            f"| `{number}` | {value:g} | {low:,g} to {high:,g} |"
            for number, value in policy.document.parameters.items()
            for low, high in [policy_file.accepted_range(number)]
        ]
        parts += [f"## {name}", "", "| number | built-in | may be |", "|---|---|---|", *rows, ""]
    return _page(
        "Policies",
        "The numbers that a policy file (`examples/policy.toml`, `HOMES_POLICY_FILE`) may change. "
        "What they are for is said in `src/homeprices/domain/evidence/parameters.py` and "
        "`src/homeprices/domain/experiments/composite.py`. A file decides trials once "
        "`homes experiment rehearse --policy FILE` has accepted it; a trial keeps the numbers that "
        "it was opened with.",
        *parts,
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "endpoints.md": endpoints,
    "errors.md": error_codes,
    "metrics.md": metrics,
    "policies.md": policies,
    "settings.md": settings,
}


def _helps(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[tuple[str, str]]:
    """Each command under `command`, itself first, as its path and its help."""
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            inner = command.get_command(context, child)
            if inner is not None:
                yield from _helps(inner, child, context)


def _openapi() -> dict[str, Any]:
    """What a service says of itself; nothing is connected to for that."""
    reachable = Settings(
        HOMES_SECRET=UNUSED,
        HOMES_OPERATOR_KEY=UNUSED,
        POSTGRES_HOST="localhost",
        HOMES_MARKET="bangalore",
        HOMES_OBJECTS_URL="memory://",
    )
    return create_app(Homes(reachable).service(Slot.PRODUCTION)).openapi()


def _parameters(operation: Mapping[str, Any]) -> str:
    parameters = {p["name"]: p["required"] for p in operation.get("parameters", [])}
    for media in operation.get("requestBody", {}).get("content", {}).values():
        schema = media["schema"].get("items", media["schema"])
        fields = schema.get("properties", {})
        parameters |= {name: name in schema["required"] for name in fields}
    return ", ".join(f"`{p}`" if required else f"[`{p}`]" for p, required in parameters.items())


def _scopes(operation: Mapping[str, Any]) -> str:
    """The scope that the key must have, whichever header brings it."""
    scopes = {s for way in operation.get("security", []) for s in chain.from_iterable(way.values())}
    return ", ".join(f"`{scope}`" for scope in sorted(scopes))


def _summary(operation: Mapping[str, Any]) -> str:
    return str(operation.get("description") or operation["summary"]).strip().splitlines()[0]


def _market() -> Market:
    return markets.load(Settings.model_fields["market"].default)


def _series(name: str, kind: str, labels: Sequence[str], words: str) -> str:
    return f"| `{name}` | {kind} | {', '.join(sorted(labels))} | {words} |"


def _families() -> Iterator[tuple[Any, str, list[str]]]:
    """Each family of series, the name it is asked by, and its labels."""
    series = ServiceMetrics(Slot.PRODUCTION.value)
    for metric in vars(series).values():
        if isinstance(metric, MetricWrapperBase):
            # One series of each, so that the page shows its labels.
            metric.labels(*metric._labelnames)
    for family in text_string_to_metric_families(series.page().decode()):
        if family.name.endswith("_created"):
            continue
        labels = list(family.samples[0].labels)
        name = f"{family.name}_total" if family.type == "counter" else family.name
        yield family, name, [label for label in labels if label != "le"]


def _subclasses(kind: type[errors.HomesError]) -> Iterator[type[errors.HomesError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
        yield from _subclasses(child)


def _sentence(kind: type) -> str:
    return str(kind.__doc__).strip().splitlines()[0]


def _page(title: str, *parts: str) -> str:
    first, *rest = parts
    return "\n".join([f"# {title}", "", _lead(f"{first} {MADE}"), "", *rest]).rstrip() + "\n"


def _lead(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False, break_long_words=False)


def main() -> None:
    """Write every page, and the settings for containers."""
    ENV_EXAMPLE.write_text(env_example(), encoding="utf-8")
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
