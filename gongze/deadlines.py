"""What a trial count needs, and no more: a calendar, the packs' rows, a region. Works with no ledger at all."""

from contextlib import closing
from pathlib import Path

from domain.calendar import Calendar
from domain.refusal import Refusal
from domain.rows import Pack, Row
from events.calendars import national_calendar
from gongze.packs import PackFaulty, read_pack, shipped
from gongze.settings import load


def calendar_and_rows(pack: str | None, holder: str | None) -> tuple[Calendar, dict[str, Row], str | None]:
    """The calendar with the ledger's publications, rows by id, the holder's region (None: the nation's).

    Without a ledger: the nation's calendar and all shipped packs. Raises Refusal.
    """
    settings = load()
    calendar, region = national_calendar(), None
    packs: list[Pack] = [p for _, p in shipped(proven=True).values()]
    if _ledger_exists(settings.database_url):
        from events.history import History
        from events.store import open_store
        from gongze.rulebook import Rulebook

        with closing(open_store(settings.database_url)) as store:
            rules = Rulebook(store).rules(History(store).registry())
        calendar = rules.calendar
        packs = list(rules.packs.values())
        if holder is not None:
            region = rules.registry.agency(holder, "--holder").region
    elif holder is not None:
        raise Refusal("ledger_missing", "还没有台账，不知道该机关的地区；请去掉 --holder", "--holder")
    if pack is not None:
        packs = [_chosen(pack, packs)]
    return calendar, {row.id: row for p in packs for row in p.rows}, region


def _ledger_exists(url: str) -> bool:
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()


def _chosen(pack: str, packs: list[Pack]) -> Pack:
    for known in packs + [p for _, p in shipped(proven=True).values()]:
        if known.id == pack:
            return known
    path = Path(pack)
    if not path.is_file():
        raise Refusal("pack_unknown", f"没有规则包 {pack}", "--pack")
    try:
        return read_pack(path.read_bytes(), str(path))
    except PackFaulty as faulty:
        raise Refusal("pack_faulty", f"规则包有误：{faulty.faults[0]}", "--pack") from None
