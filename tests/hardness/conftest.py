"""How hard is tried: shortly in every run, at length in `make nightly`; always from one seed."""

import os
from collections.abc import Iterator

import pytest

from tests.hardness.acts import Place, PostgresPlace, SQLitePlace
from tests.hardness.zygote import Zygote

NIGHTLY = "NIGHTLY" in os.environ


@pytest.fixture(scope="session")
def nightly() -> bool:
    return NIGHTLY


@pytest.fixture
def seed() -> int:
    """Where all chance comes from; shown with a failure."""
    seed = int(os.environ.get("SEED", "1"))
    print(f"seed {seed}: make nightly SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    return seed


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    assert made.close() == ""


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> SQLitePlace:
    return SQLitePlace(tmp_path_factory.mktemp("ledgers"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "postgresql":
        return PostgresPlace(request.getfixturevalue("postgres_database"))
    made: SQLitePlace = request.getfixturevalue("sqlite_place")
    return made
