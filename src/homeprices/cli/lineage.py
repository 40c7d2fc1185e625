"""`homes models` and `homes lineage`: what there is, and where it came from."""

from collections.abc import Callable, Iterator

import click

from homeprices import bootstrap
from homeprices.cli import show
from homeprices.domain.lineage import Branch, Lineage, Node, NodeKind, NodeValue
from homeprices.wording.speech import Speech

NodeValues = dict[str, NodeValue]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def models(as_json: bool) -> None:
    """List the model versions, the newest first."""
    entries = bootstrap.load().cards.versions()
    if as_json:
        click.echo(show.as_json(entries))
    else:
        click.echo(show.models(entries) if entries else "there is no model yet; `homes train`")


@click.command()
@click.argument("of")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lineage(of: str, as_json: bool) -> None:
    """Tell where OF came from and what came of it.

    OF is BO2, CO3, V1, E2, D-0007, or the id of an estimate.
    """
    from homeprices.reports.lineage import lineage as walk

    homes = bootstrap.load()
    story = walk(of, homes.archive())
    click.echo(show.as_json(story) if as_json else lineage_tree(story, Speech(homes.market)))


def lineage_tree(lineage: Lineage, speech: Speech) -> str:
    """The lineage in indented lines: what it came from first, then what came of it."""
    lines = [node_line(lineage.of, speech), *_indented(lineage.came_from, 1, speech)]
    if lineage.came_of_it:
        lines += ["since then", *_indented(lineage.came_of_it, 1, speech)]
    return "\n".join([*lines, *lineage.left_out])


def _indented(branches: list[Branch], depth: int, speech: Speech) -> Iterator[str]:
    for branch in branches:
        yield f"{'  ' * depth}{branch.relation} {node_line(branch.node, speech)}"
        yield from _indented(branch.branches, depth + 1, speech)


def node_line(node: Node, speech: Speech) -> str:
    """A node in a line."""
    if node.kind is NodeKind.ANSWERS:
        return _answers(node.facts)
    if node.kind is NodeKind.ESTIMATE:
        return f"{node.id}  {_estimate(node.facts, speech)}"
    if node.kind is NodeKind.RUN:
        return f"{node.id} in MLflow"
    return f"{node.id}  {_DESCRIPTIONS[node.kind](node.facts)}".rstrip()


def _estimate(facts: NodeValues, speech: Speech) -> str:
    prices = [value for name in ("price", "low", "high") if isinstance(value := facts[name], float)]
    if len(prices) < 3:
        return f"refused at {_time(facts['at'])}"
    where = f" in {facts['locality']}" if facts["locality"] else ""
    price, low, high = map(speech.money, prices)
    return f"{price}, between {low} and {high},{where} at {_time(facts['at'])}"


def _production(facts: NodeValues) -> str:
    if facts["replaced_at"] is None:
        return f"in production since {_time(facts['created_at'])}{_quality(facts)}"
    return (
        f"in production from {_time(facts['created_at'])} to {_time(facts['replaced_at'])}"
        f"{_quality(facts)}"
    )


def _candidate(facts: NodeValues) -> str:
    retired = f", retired at {_time(facts['retired_at'])}" if facts["retired_at"] else ""
    return f"{facts['recipe']} trained at {_time(facts['created_at'])}{_quality(facts)}{retired}"


def _quality(facts: NodeValues) -> str:
    error = facts["median_error_percent"]
    return "" if error is None else f", median error {error:.1f} %"


def _experiment(facts: NodeValues) -> str:
    ended = (
        f", ended at {_time(facts['closed_at'])}: {facts['verdict']}"
        if facts["closed_at"]
        else ", still open"
    )
    return (
        f"{facts['candidate']} against {facts['production']} for {facts['share']:.0%} of visitors "
        f"from {_time(facts['started_at'])}, policy {facts['policy']}{ended}"
    )


def _decision(facts: NodeValues) -> str:
    if not facts:
        return ""
    undone = f" (undone by {facts['undone_by']})" if facts["undone_by"] else ""
    return f"{facts['verdict']} ({facts['actor']}, {_time(facts['at'])}){undone}: {facts['reason']}"


def _dataset(facts: NodeValues) -> str:
    made_up = " of a simulated market" if facts["simulated"] else ""
    return (
        f"{facts['rows']:,} listings{made_up}, {facts['rejected']:,} rejected, published at "
        f"{_time(facts['created_at'])}, sha256 {str(facts['sha256'])[:12]}…"
    )


def _answers(facts: NodeValues) -> str:
    if facts["count"] == 1:
        return f"1 request at {_time(facts['first_at'])}"
    return (
        f"{facts['count']:,} requests from {_time(facts['first_at'])} to {_time(facts['last_at'])}"
    )


def _time(moment: NodeValue) -> str:
    """`2026-11-24 10:02Z` of an ISO time in UTC."""
    return f"{str(moment)[:16].replace('T', ' ')}Z"


def _nothing(_: NodeValues) -> str:
    return ""


_DESCRIPTIONS: dict[NodeKind, Callable[[NodeValues], str]] = {
    NodeKind.PRODUCTION: _production,
    NodeKind.CANDIDATE: _candidate,
    NodeKind.EXPERIMENT: _experiment,
    NodeKind.DECISION: _decision,
    NodeKind.DATASET: _dataset,
    NodeKind.SOURCE: _nothing,
    NodeKind.ORDER: _nothing,
}
