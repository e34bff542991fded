"""What the streams beside the cases share: meetings, referrals, reconciliations, and the mechanism of a region.

Who serves a place, how an act becomes an entry, what makes it late. What may enter: what two of these streams need.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from domain.acts.base import Act, kind_of
from domain.entries import Copy, Entry, broken, counts_on, evidence_of
from domain.refusal import Irregularity
from domain.registry import Registry
from domain.terms import LONGEST_DAYS

if TYPE_CHECKING:  # duties are computed from dossiers; here they are only read
    from domain.duties import Duty

TIME_RULE = "台账运行规则 时间"
PARTNERS = ("discipline", "court", "procuratorate", "police")
"""With the natural-resources department, the five agencies of the mechanism (拉萨实施意见 四（一）)."""
_MATTERS = {
    "discipline": ("discipline",), "court": ("non_litigation", "lawsuit"), "police": ("crime",),
    "procuratorate": ("supervision", "non_litigation"), "government": ("planning",),
}  # fmt: skip


def partner(registry: Registry, nr: str, kind: str, on: date) -> str | None:
    """The agency of a kind that serves a department's place: by its routes, else the one at its level and region."""
    frm = registry.agencies.get(nr)
    if frm is None:
        return None
    for matter in _MATTERS.get(kind, ("non_litigation",)):
        found = registry.route(frm, kind, matter, on)
        if found is not None:
            return found.id
    return None


def meant(
    selector: str, entry: Entry | None, home: str, parties: Iterable[str], on: date, registry: Registry
) -> tuple[str, ...]:
    """Who is meant by a selector: the parties of that kind, where there are any, else whoever serves the place."""
    match selector:
        case "nr":
            return (home,) if home else ()
        case "sender":
            return (entry.act.agency,) if entry is not None else ()
        case "addressee":
            return addressees(entry) if entry is not None else ()
        case _:
            there = tuple(
                a for a in parties if a in registry.agencies and registry.agencies[a].kind == selector
            )
            if there:
                return there
            found = partner(registry, home, selector, on)
            return (found,) if found is not None else ()


def addressees(entry: Entry) -> tuple[str, ...]:
    """Whom an act is directed to: one, or as many as its fact `to` names."""
    return (entry.to,) if entry.to is not None else entry.facts.get("to", ())


def recorded(
    act: Act,
    subjects: Mapping[str, str],
    facts: Mapping[str, tuple[str, ...]] | None = None,
    to: str | None = None,
) -> Entry:
    """The entry of an act itself."""
    own = act.signer == act.agency
    evidence = "signed" if own else evidence_of(act)
    return Entry(act, {**subjects, "act": act.id}, facts or {}, to, evidence)


def late(entry: Entry, copies: Mapping[str, Copy], duties: Sequence["Duty"]) -> Iterator[Irregularity]:
    """What an act discharges too late, and a stated day that nothing bears out."""
    day = counts_on(entry, copies)
    if kind_of(entry.act.event).through_ledger and entry.act.signer == entry.act.agency and day > entry.on:
        what = f"所述日期 {entry.on} 无寄送单据或对方签收佐证，按入账日 {day} 计"
        yield Irregularity("date_unconfirmed", TIME_RULE, what)
    for duty in duties:
        done = duty.discharged_by == entry.act.id and duty.evidence in ("signed", "confirmed")
        if done and duty.late and duty.row.kind == "duty":
            last = duty.strict_due_on or duty.due_on
            what = f"{duty.row.name_zh}：应于 {last} 前，实为 {duty.discharged_on}"
            yield Irregularity(duty.row.late, duty.row.source, what)


def check_registered(registry: Registry, agencies: Iterable[str], field_name: str) -> None:
    """Refuse a list that names an agency twice, or one that is not registered."""
    seen: set[str] = set()
    for number, agency in enumerate(agencies):
        registry.agency(agency, f"{field_name}.{number}")
        if agency in seen:
            raise broken(f"{agency} 重复列出", f"{field_name}.{number}")
        seen.add(agency)


def check_own_region(registry: Registry, act: Act, region: str | None) -> None:
    """A department acts for its own region."""
    own = registry.agency(act.agency, "actor").region
    if region is not None and region != own:
        raise broken(f"{act.agency} 的辖区是 {own}，不能为 {region} 登记", "region")


def check_near(today: date, days: Mapping[str, date | None]) -> None:
    """A day more than a hundred years away is a slip of the pen, and its working days could not be told in time."""
    for name, day in days.items():
        if day is not None and abs((day - today).days) > LONGEST_DAYS:
            raise broken(f"{name} 所填日期 {day} 相距一百年以上，请核对", name)
