"""People are told once of each event by each channel, and a channel that fails stops nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from conftest import StoppedClock
from homeprices.domain.drift import DriftReport
from homeprices.domain.errors import BadInput
from homeprices.domain.experiments.decision import Draft, Verdict
from homeprices.domain.versions import DecisionId, ModelVersion, Role
from homeprices.stores.notices import AppriseChannels
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decisions import PostgresDecisionLog
from homeprices.stores.postgres.drift_log import PostgresDriftLog
from homeprices.stores.postgres.notice_outbox import MOST_ATTEMPTS, PostgresNoticeOutbox
from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import hold, roll_back
from homeprices.workflows.experiments.start import open_experiment
from homeprices.workflows.experiments.undo import undo
from homeprices.workflows.notify import notify
from support.fakes import MemoryHomes, describe
from support.listeners import MailServer, Webhook, listening

CO1, CO2 = ModelVersion(Role.CANDIDATE, 1), ModelVersion(Role.CANDIDATE, 2)


@dataclass
class Office:
    """Stores with a decision log of PostgreSQL, and where notices of them go."""

    homes: MemoryHomes
    mail: MailServer
    hook: Webhook


@pytest.fixture
def office(database: Database, clock: StoppedClock) -> Iterator[Office]:
    with database.connection() as connection:
        connection.execute("TRUNCATE notices")
    homes, mail, hook = MemoryHomes(clock), MailServer(), Webhook()
    homes.registry.publish(Role.PRODUCTION, {"model.json": b"first"}, describe)
    for content in (b"better", b"worse"):
        homes.registry.publish(Role.CANDIDATE, {"model.json": content}, describe)
    homes.decisions = PostgresDecisionLog(database)
    homes.drift_log = PostgresDriftLog(database)
    homes.request_metrics = PostgresRequestMetrics(database)
    homes.outbox = PostgresNoticeOutbox(database)
    homes.public_url, homes.silence_days = "https://homes.example.org", 7
    with listening(mail) as smtp, listening(hook) as http:
        address = f"mailto://127.0.0.1:{smtp}/?from=a@example.org&to=b@example.org&mode=insecure"
        homes.channels = AppriseChannels([address, f"json://127.0.0.1:{http}/hook"])
        yield Office(homes, mail, hook)


def test_a_promotion_is_told_once_with_reasons_figures_link_and_undo(office: Office) -> None:
    promote(office.homes, CO1, actor="cli:asha", reason="it errs less")
    told = notify(office.homes)
    assert len(told) == 2
    assert all("CO1 was promoted: production is BO2" in sentence for sentence in told)
    assert notify(office.homes) == []
    (mail,), (message,) = office.mail.mails, office.hook.messages
    assert mail["Subject"] == message["title"] == "CO1 was promoted: production is BO2"
    for words in (
        "it errs less",
        "D-0001, by cli:asha",
        "https://homes.example.org/api/models/CO1",
        "homes undo D-0001",
    ):
        assert words in message["message"]
    lines = mail.get_body(("plain",)).get_content().splitlines()
    assert [line for line in lines if line] == [
        line for line in message["message"].splitlines() if line
    ]
    assert "Undo: homes undo D-0001" in lines


def test_an_undo_is_told_by_what_it_has_come_to(office: Office) -> None:
    promote(office.homes, CO1, actor="cli:asha", reason="better")
    hold(office.homes, actor="cli:asha", reason="wait")
    undo(office.homes, DecisionId(2), actor="cli:asha", reason="go on")
    roll_back(office.homes, CO2, actor="cli:asha", reason="no")
    undo(office.homes, DecisionId(4), actor="cli:asha", reason="once more")
    undo(office.homes, DecisionId(1), actor="cli:asha", reason="not so")
    notify(office.homes)
    titles = [message["title"] for message in office.hook.messages]
    assert [title for title in titles if "undone" in title or "ended:" in title] == [
        "The hold of E1 has ended: the trial of CO2 is decided again",
        "D-0004 was undone: CO2 is on trial in E2",
        "D-0001 was undone: production is BO3",
    ]


def test_a_channel_that_fails_is_shown_and_tried_again_and_the_other_is_not_told_twice(
    office: Office, clock: StoppedClock
) -> None:
    office.hook.status = 500
    open_experiment(office.homes, CO2)
    roll_back(office.homes, CO2, actor="policy", reason="it errs more")
    told = notify(office.homes)
    assert sum(sentence.startswith("told by") for sentence in told) == 1
    assert any("not told yet: D-0001" in sentence and "500" in sentence for sentence in told)
    office.hook.status = 200
    assert notify(office.homes) == []
    clock.advance(1)
    assert [sentence.split(" (")[0] for sentence in notify(office.homes)] == [
        f"told by {office.homes.channels.names[1]}: D-0001"
    ]
    assert (len(office.mail.mails), len(office.hook.messages)) == (1, 1)
    sent = office.homes.outbox.latest(5)
    assert [(delivery.attempts, delivery.error) for delivery in sent] == [(1, None), (2, None)]


def test_a_channel_that_never_answers_is_given_up_after_two_days_of_hours(
    office: Office, clock: StoppedClock
) -> None:
    office.hook.status = 500
    promote(office.homes, CO1, actor="policy", reason="better")
    tried = []
    for _ in range(MOST_ATTEMPTS + 2):
        tried += [len(notify(office.homes)), len(notify(office.homes))]
        clock.advance(1)
    assert tried == [2, 0, *[1, 0] * (MOST_ATTEMPTS - 1), 0, 0, 0, 0]


def test_many_tellers_at_once_tell_it_once(office: Office) -> None:
    promote(office.homes, CO1, actor="policy", reason="better")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: notify(office.homes), range(8)))
    assert (len(office.mail.mails), len(office.hook.messages)) == (1, 1)


def test_drift_is_told_when_it_begins_and_when_it_ends(office: Office, clock: StoppedClock) -> None:
    for day, detected in enumerate((False, True, True, False), 1):
        report = DriftReport(
            overall_drift_detected=detected,
            status="drift" if detected else "none",
            message="area moved" if detected else "nothing moved",
            requests=900,
            days=7,
            drift_indicators={},
        )
        office.homes.drift_log.keep(date(2026, 11, day), clock(), report)
        notify(office.homes)
        clock.advance(24)
    assert [message["title"] for message in office.hook.messages] == [
        "What visitors ask about has drifted",
        "The drift is over",
    ]


def test_drift_that_began_while_nobody_told_of_it_is_told_later(
    office: Office, clock: StoppedClock
) -> None:
    for day, detected in enumerate((False, True, True), 1):
        report = DriftReport("x", "area moved", detected, 900, 7)
        office.homes.drift_log.keep(date(2026, 11, day), clock(), report)
    notify(office.homes)
    (message,) = office.hook.messages
    assert message["title"] == "What visitors ask about has drifted"


def test_an_act_that_could_not_be_carried_out_is_not_told_as_done(office: Office) -> None:
    draft = Draft(Verdict.PROMOTE, "policy", ("better",), subject="CO1", before="BO1")
    row = office.homes.decisions.add(draft, office.homes.clock())
    office.homes.decisions.give_up(DecisionId.parse(row.id), "its files are damaged")
    notify(office.homes)
    (message,) = office.hook.messages
    assert message["title"] == "D-0001 (PROMOTE) could not be carried out"
    assert "its files are damaged" in message["message"]


def test_silence_is_told_once_after_so_many_days(office: Office, clock: StoppedClock) -> None:
    clock.now += timedelta(days=6)
    assert notify(office.homes) == []
    clock.now += timedelta(days=2)
    assert any("No feedback for 8 days" in sentence for sentence in notify(office.homes))
    clock.now += timedelta(days=1)
    assert notify(office.homes) == []


def test_what_happened_before_somebody_was_named_is_not_told(
    office: Office, clock: StoppedClock
) -> None:
    promote(office.homes, CO1, actor="policy", reason="better")
    clock.advance(30)
    assert notify(office.homes) == []


def test_a_url_that_cannot_be_used_is_named_by_its_place_and_stops_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput) as error:
        AppriseChannels(["json://127.0.0.1:1/x", "carrierpigeon://secret@home"])
    assert "number 2" in str(error.value)
    assert "secret" not in str(error.value)
    silent = AppriseChannels(["json://127.0.0.1:9/nobody-listens"])
    monkeypatch.setattr(office.homes, "channels", silent)
    promote(office.homes, CO1, actor="policy", reason="better")
    (sentence,) = notify(office.homes)
    assert sentence.startswith("not told yet")
