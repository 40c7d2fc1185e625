"""One contract for those who tell what versions have answered: the fake, and PostgreSQL."""

from datetime import UTC, datetime

import pytest

from homeprices.domain.requests.records import AnswerCount
from homeprices.stores.postgres.request_log import PostgresPredictionReader, PostgresRequestLog
from support.fakes import MemoryAnswers
from support.service import prediction

FIRST, LAST = (datetime.fromtimestamp(prediction(n).at, UTC).isoformat() for n in (1, 2))


@pytest.fixture(params=["memory", "postgres"])
def answers(request: pytest.FixtureRequest):
    if request.param == "memory":
        fake = MemoryAnswers()
        for number in (1, 2):
            fake.rows[prediction(number).id] = prediction(number)
        return fake
    database = request.getfixturevalue("database")
    refused = prediction(3, status=422, model_version="BO1")
    PostgresRequestLog(database).store([prediction(1), prediction(2), refused])
    return PostgresPredictionReader(database)


def test_what_a_version_has_priced_is_counted(answers) -> None:
    assert answers.count_for("BO1") == AnswerCount(2, FIRST, LAST)
    assert answers.count_for("BO2") == AnswerCount(0)


def test_a_request_is_found_by_its_id(answers) -> None:
    assert answers.find(prediction(1).id) == prediction(1)
    assert answers.find(prediction(9).id) is None
