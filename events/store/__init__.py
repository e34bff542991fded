"""The event store: signed statements, append-only, on the library's own SQLite and PostgreSQL recorders.

`open_store(url)` opens one, `create_store(url)` makes one; both give a `Store`.
"""

from pathlib import Path

from events.store.base import (
    CtiTaken,
    Entry,
    Head,
    OutcomeUnknown,
    PositionTaken,
    Proposal,
    RawRow,
    Store,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreExists,
    StoreMissing,
    StoreUnreachable,
)

__all__ = [
    "CtiTaken", "Entry", "Head", "OutcomeUnknown", "PositionTaken", "Proposal", "RawRow", "Store", "StoreBusy",
    "StoreDamaged", "StoreError", "StoreExists", "StoreMissing", "StoreUnreachable", "create_store", "open_store",
]  # fmt: skip


def open_store(url: str) -> Store:
    """Open the ledger at a database URL. Raises StoreMissing, StoreUnreachable, StoreDamaged."""
    return _at(url, create=False)


def create_store(url: str) -> Store:
    """Make the tables of a new ledger. Raises StoreExists, StoreUnreachable."""
    return _at(url, create=True)


def _at(url: str, *, create: bool) -> Store:
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from events.store.sqlite import create_sqlite, open_sqlite

        path = Path(rest[1:])
        return create_sqlite(path) if create else open_sqlite(path)
    if scheme in ("postgresql", "postgresql+psycopg"):
        from events.store.postgres import create_postgres, open_postgres

        normal = f"postgresql://{rest}"
        return create_postgres(normal) if create else open_postgres(normal)
    raise StoreUnreachable(f"不认识的数据库地址 {scheme}://…，请用 sqlite:/// 或 postgresql://")
