"""What several contract tests begin with."""

from collections.abc import Iterator

import pytest

from gongze.ledger import Ledger
from gongze.settings import load
from tests.doors import Door, found_ledger


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def door(request, tmp_path) -> Iterator[Door]:
    """A founded ledger that is no demonstration, on either database."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    with Ledger.create(load({"GONGZE_DATABASE_URL": url})) as ledger:
        made = Door(ledger)
        found_ledger(made)
        yield made
