"""The two books of a small world: sources made of dossiers that a test has told, without a store."""

from typing import Any

from domain.disclosure import Reader
from domain.duties import counted_until, duties_of
from gongze.books import cases, papers
from gongze.books.sources import File, Sources
from tests.streams import Stream
from tests.worlds import World, day


def file_of(dossier: Any, world: World, on: str, agency: str | None = None) -> File[Any]:
    """A dossier as of a day, with its duties, as an agency is shown it."""
    counted = counted_until(dossier, day(on), world.registry)
    reader = Reader(world.registry, agency, counted) if agency is not None else None
    duties = duties_of(dossier, world.rules, day(on))
    return File(counted, tuple(d for d in duties if reader is None or reader.sees_duty(d)), reader)


def sources(world: World, on: str, agency: str | None = None, /, **streams: Any) -> Sources:
    """`meetings`, `referrals`, `rounds`: lists of `tests.streams.Stream`; `turns`, `irregular` as they are."""
    dossiers: dict[str, Any] = {
        name: tuple(file_of(s.dossier, world, on, agency) for s in value)
        for name, value in streams.items()
        if name in ("meetings", "referrals", "rounds")
    }
    rest = {name: value for name, value in streams.items() if name not in dossiers}
    file = file_of(world.case, world, on, agency)
    shown = (file,) if file.dossier.begun else ()
    return Sources(day(on), world.rules, "example/1", agency, shown, **dossiers, **rest)


def paper(
    register: str, world: World, on: str, agency: str | None = None, /, **streams: Any
) -> dict[str, Any]:
    """The only row of a register."""
    (row,) = papers.book(sources(world, on, agency, **streams))[register]
    return dict(row.shown)


def case_row(world: World, on: str, agency: str | None = None, /, **streams: Any) -> dict[str, Any]:
    """The only row of the case account."""
    (row,) = cases.book(sources(world, on, agency, **streams))
    return dict(row.shown)


def told(module: Any, id_: str, *acts: tuple[Any, ...]) -> Stream:
    """A stream with these acts, each (type, actor, day, data)."""
    stream = Stream(module, id_)
    for type_, actor, on, data in acts:
        stream.act(type_, actor, on, **data)
    return stream
