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
    "price_unlikely": "write the unit behind the number, as in `62.5 lakh`; where it is right, "
    "send the same with `confirmed: true`",
    "unsupported_encoding": "send it packed by gzip, or as it is",
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
    """endpoints.md: a table of every route, then a heading for each."""
    document = _openapi()
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return _page(
        "Endpoints",
        "Every route of a service, as `/docs` has it with schemas and examples: at the router "
        "(7000) and at each service (6001, 6002), `/metrics` at a service alone. An error is "
        "answered as [errors.md](errors.md) says. `HEAD` is answered wherever `GET` is, and "
        "records nothing. With `HOMES_REQUIRE_API_KEY=1` every route under /api but those of "
        "health and `/api/fields` needs a key, with the scope `price` where none is named here. "
        "The operator's key has every scope. Fields of a home are declared in "
        "`src/homeprices/markets/bangalore.toml` and listed by `/api/fields`.",
        "| what | route | scope of the key |",
        "|---|---|---|",
        *(
            f"| {operation['summary']} | [`{name}`](#{_anchor(name)}) | {_scopes(operation)} |"
            for name, operation in operations
        ),
        "",
        *chain.from_iterable(_endpoint(name, told, document) for name, told in operations),
    )


def _endpoint(name: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """A route under its heading: what it does, takes and answers, and by which codes it refuses."""
    lines = [f"## {name}", "", f"{operation['summary']}. {operation['description']}", ""]
    fields = _fields(operation, document)
    if fields:
        head = ["| field | what may be sent | what it is |", "|---|---|---|"]
        lines += [
            *head,
            *(f"| {field} | {allowed} | {words} |" for field, allowed, words in fields),
        ]
        lines.append("")
    done = operation["responses"]["200"]
    lines.append(f"Answers {_media(done)}: {_line(done['description'])}")
    answer = _properties(done["content"].get("application/json", {}).get("schema", {}), document)
    if answer:
        head = ["", "| in the answer | what it is |", "|---|---|"]
        lines += [*head, *(f"| `{name}` | {p['description']} |" for name, p in answer.items())]
    codes = [
        f"{status} {_codes(response)}"
        for status, response in operation["responses"].items()
        if status != "200"
    ]
    return [*lines, "", f"Refuses by {'; '.join(codes)}.", ""]


def _fields(
    operation: Mapping[str, Any], document: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Each parameter and field of a body: its name, what is allowed, and what it is."""
    fields = [
        (p["name"], p["required"], p["schema"], p["description"])
        for p in operation.get("parameters", [])
    ]
    content = operation.get("requestBody", {}).get("content", {})
    sent = content.get("application/json", {}).get("schema", {})
    schema = _resolved(sent.get("items", sent), document)
    fields += [
        (name, name in schema["required"], field, field["description"])
        for name, field in schema.get("properties", {}).items()
    ]
    return [
        (f"`{name}`" if required else f"[`{name}`]", _allowed(field, document), words)
        for name, required, field, words in fields
    ]


def _allowed(schema: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """What a schema allows, in a few words."""
    schema = _resolved(schema, document)
    if "anyOf" in schema:
        return " or ".join(_allowed(kind, document) for kind in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    said = [" or ".join(kinds)]
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    if "maximum" in schema:
        said.append(
            f"{'over ' if 'exclusiveMinimum' in schema else ''}{least} to {schema['maximum']}"
        )
    if "multipleOf" in schema:
        said.append(f"by {schema['multipleOf']}")
    if "maxLength" in schema:
        said.append(f"at most {schema['maxLength']} characters")
    if "format" in schema:
        said.append(schema["format"])
    if "default" in schema:
        said.append(f"else {schema['default']}")
    return ", ".join(said)


def _properties(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of an answer, without those inside them."""
    properties: Mapping[str, Any] = _resolved(schema, document).get("properties", {})
    return properties


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    named: Mapping[str, Any] = document["components"]["schemas"][name] if name else schema
    return named


def _media(response: Mapping[str, Any]) -> str:
    return " or ".join(f"`{media}`" for media in response["content"])


def _codes(response: Mapping[str, Any]) -> str:
    """The codes of a status, each with where it is told of."""
    (content,) = response["content"].values()
    return ", ".join(f"[`{code}`](errors.md#{code})" for code in content["examples"])


def _line(text: str) -> str:
    """The first paragraph of a text, on one line."""
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _anchor(heading: str) -> str:
    """What a link to a heading ends with, as GitHub has it."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def metrics() -> str:
    """metrics.md: every Prometheus series."""
    loop = [*STANDING, *value_gauges(_market().money), READ_AGE]
    return _page(
        "Metrics",
        "Every Prometheus series at `/metrics` of a service. `variant` is the model version that "
        "answered, `none` where there was none; `slot` is production or candidate. Several workers "
        "of a service are summed by whichever is asked.",
        "## Of a service",
        "",
        *chain.from_iterable(
            _series(name, family.type, labels, family.documentation)
            for family, name, labels in _families()
        ),
        *chain.from_iterable(_series(g.name, "gauge", g.labels, g.words) for g in PROCESS),
        "## Of the loop",
        "",
        _lead(
            "What no request sees. The service of production alone tells it, from PostgreSQL and "
            "the registry, read when a scrape asks and at most every 30 s. Several services of "
            "production tell the same: expressions take `max`."
        ),
        "",
        *chain.from_iterable(_series(g.name, "gauge", g.labels, g.words) for g in loop),
    )


def settings() -> str:
    """settings.md: every setting with its default."""
    return _page(
        "Settings",
        "Read from the environment, else from `settings.env` in the data folder, which `homes up` "
        "writes, else from the folder of secrets, which containers have, else the default. A value "
        "that cannot be used is refused with its name. No other "
        "place reads them (`src/homeprices/settings.py`).",
        *chain.from_iterable(_setting(*setting) for setting in _settings()),
    )


def _setting(name: str, default: str, description: str) -> list[str]:
    """A setting under its heading."""
    words = f"{description[0].upper()}{description[1:]}."
    return [f"## {name}", "", f"{words} Default: `{default}`." if default else words, ""]


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
        *chain.from_iterable(
            [f"## {code}", "", f"{status}. {text} What to do: {WHAT_TO_DO[code]}.", ""]
            for code, status, text in sorted(rows, key=lambda row: (row[1], row[0]))
        ),
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


def _scopes(operation: Mapping[str, Any]) -> str:
    """The scope that the key must have, whichever header brings it."""
    scopes = {s for way in operation.get("security", []) for s in chain.from_iterable(way.values())}
    return ", ".join(f"`{scope}`" for scope in sorted(scopes))


def _market() -> Market:
    return markets.load(Settings.model_fields["market"].default)


def _series(name: str, kind: str, labels: Sequence[str], words: str) -> list[str]:
    """A series under its heading."""
    by = ", ".join(f"`{label}`" for label in sorted(labels))
    return [f"### {name}", "", f"{words}. A {kind}{f', by {by}' if by else ''}.", ""]


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
