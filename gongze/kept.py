"""留存核对: whether a month's kept sheets are what was kept, and what has changed in the books of that month since.

Source: 拉萨实施意见 四（三）. The list names every file by its SHA-256, the ledger names the list (SheetsKept): so a changed
file shows, and a later correction of the books shows as one beside what was computed then.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from domain.refusal import Refusal
from gongze.books.accounts import account
from gongze.books.sources import Sources, check_agency, gather, shown_to
from gongze.keeping import LIST, files_of, next_month
from gongze.ledger import Ledger

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
LIST_LIMIT, ACCOUNT_LIMIT = 16 * 2**20, 512 * 2**20
"""Bytes; a list has some hundred for each agency."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`code`: list_not_registered, file_missing, file_changed or file_unlisted."""

    code: str
    file: str
    what: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row of an agency's account that is not what it was: `change` is new, gone or changed; `fields`: what each part
    said then and says today."""

    agency: str
    key: str
    case: str
    change: str
    fields: tuple[tuple[str, Any, Any], ...] = ()

    def json(self) -> dict[str, Any]:
        fields = [{"field": name, "then": then, "now": now} for name, then, now in self.fields]
        return {"agency": self.agency, "key": self.key, "case": self.case, "change": self.change, "fields": fields}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one month. `index`: where the ledger names its list; `whole`: whether the list names every file."""

    month: str
    first: date
    last: date
    digest: str
    index: int | None
    files: int
    whole: bool
    faults: tuple[Fault, ...]
    changes: tuple[Change, ...]

    def json(self) -> dict[str, Any]:
        return {
            "month": self.month, "from": self.first.isoformat(), "to": self.last.isoformat(), "digest": self.digest,
            "index": self.index, "files": self.files, "whole": self.whole, "faults": [asdict(f) for f in self.faults],
            "changes": [c.json() for c in self.changes],
        }  # fmt: skip


def check(ledger: Ledger, out: Path, month: str, agency: str | None = None) -> Kept:
    """A month's kept sheets against their list, the list against the ledger, and each account against the one of the same
    day as it is known today. `agency`: its sheets alone. Raises Refusal."""
    if MONTH.fullmatch(month) is None:
        raise Refusal("format_unknown", "月份应写作 2026-06", "--kept")
    check_agency(ledger.registry(), agency)
    folder = out / "sheets" / month
    content = _read_list(folder / LIST, month)
    try:
        listed = json.loads(content)
        first, last = date.fromisoformat(listed["from"]), date.fromisoformat(listed["to"])
        accounts = {str(s["agency"]): (str(s["file"]), str(s["digest"])) for s in listed["sheets"]}
        named = {str(f["file"]): str(f["sha256"]) for f in listed.get("files", ())}
        begun = date.fromisoformat(f"{month}-01")
        days = begun, next_month(begun) - timedelta(1)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Refusal("file_unusable", f"{month} 的 {LIST} 读不懂，请从备份恢复", "--kept") from None
    if (first, last) != days:
        what = f"{month} 的 {LIST} 是 {first} 至 {last} 的，不是这个月的，请从备份恢复"
        raise Refusal("file_unusable", what, "--kept")
    digest = hashlib.sha256(content).hexdigest()
    expected = {**dict(accounts.values()), **named}
    if agency is not None:
        own = files_of(agency)
        expected = {f: d for f, d in expected.items() if f in own}
        accounts = {a: one for a, one in accounts.items() if a == agency}
    index = _registered(ledger, digest, first, last)
    faults = [] if index is not None else [_unregistered(ledger, first, last)]
    faults += _changed_files(folder, expected)
    if named and agency is None:
        faults += _unlisted(folder, named)
    changes = tuple(_changes(ledger, folder, accounts, last, agency))
    return Kept(month, first, last, digest, index, len(expected), bool(named), tuple(faults), changes)


def _read_list(path: Path, month: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LIST_LIMIT + 1)
    except FileNotFoundError:
        raise Refusal("month_not_kept", f"这里没有 {month} 的留存，请核对月份", "--kept") from None
    except OSError as problem:
        raise Refusal("file_unusable", f"{path} 读不出：{problem.strerror}", "--kept") from None
    if len(content) > LIST_LIMIT:
        raise Refusal("file_unusable", f"{month} 的 {LIST} 太大，请从备份恢复", "--kept")
    return content


def _registered(ledger: Ledger, digest: str, first: date, last: date) -> int | None:
    """Where the ledger names a list, as that of these days."""
    for act in ledger.intake.history.registry_acts():
        event: Any = act.event
        if act.type == "SheetsKept" and (event.digest, event.from_, event.to) == (digest, first, last):
            return act.index
    return None


def _unregistered(ledger: Ledger, first: date, last: date) -> Fault:
    of_it = any(one.from_ == first and one.to == last for one in ledger.registry().sheets)
    why = "与台账登记的不同：清单被改过，请从备份恢复" if of_it else "的摘要没有登记入账：无从证明它没有改过"
    return Fault("list_not_registered", LIST, f"{LIST} {why}")


def _changed_files(folder: Path, expected: Mapping[str, str]) -> Iterator[Fault]:
    for name, digest in sorted(expected.items()):
        found = _digest_of(folder, name)
        if found is None:
            yield Fault("file_missing", name, f"{name} 不在了，请从备份恢复")
        elif found != digest:
            yield Fault("file_changed", name, f"{name} 与清单所列的摘要不符：已不是当时留存的，请从备份恢复")


def _digest_of(folder: Path, name: str) -> str | None:
    """Of a file of this folder; a name that leads out of it names none."""
    if Path(name).name != name:
        return None
    try:
        with (folder / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def _unlisted(folder: Path, named: Mapping[str, str]) -> Iterator[Fault]:
    for path in sorted(folder.iterdir()):
        if path.name not in named and path.name != LIST:
            yield Fault("file_unlisted", path.name, f"{path.name} 不在清单里：不是当时留存的")


def _changes(
    ledger: Ledger, folder: Path, accounts: Mapping[str, tuple[str, str]], last: date, agency: str | None
) -> Iterator[Change]:
    """What each account as of the same day says otherwise today. A kept account that is not what was kept says nothing."""
    whole = gather(ledger, last)
    for one in sorted(whole.registry.agencies) if agency is None else (agency,):
        name, digest = accounts.get(one, ("", ""))
        then = _kept_rows(folder, name, digest) if name else {}
        if then is not None:
            yield from _between(one, then, _rows_now(one, whole, digest, then))


_Rows = dict[str, Mapping[str, Any]]


def _kept_rows(folder: Path, name: str, digest: str) -> _Rows | None:
    if _digest_of(folder, name) != digest or (folder / name).stat().st_size > ACCOUNT_LIMIT:
        return None
    try:
        return _rows((folder / name).read_bytes())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal("file_unusable", f"{name} 读不懂，请从备份恢复", "--kept") from None


def _rows_now(agency: str, whole: Sources, digest: str, then: _Rows) -> _Rows:
    found = account(shown_to(agency, whole), whole.as_of, whole.as_of)
    if found.digest() == digest:
        return then
    return _rows(found.canonical())  # as a kept file is read, so that like is compared with like


def _rows(content: bytes) -> _Rows:
    """All rows of an account's document by their keys."""
    document = json.loads(content)
    papers = (row for rows in document["papers"].values() for row in rows)
    return {str(row["key"]): dict(row) for row in (*document["cases"], *papers)}


def _between(agency: str, then: _Rows, now: _Rows) -> Iterator[Change]:
    for key in dict.fromkeys((*then, *now)):
        old, new = then.get(key), now.get(key)
        case = str((new or old or {}).get("case", ""))
        if old is None:
            yield Change(agency, key, case, "new")
        elif new is None:
            yield Change(agency, key, case, "gone")
        elif old != new:
            yield Change(agency, key, case, "changed", tuple(_parts("", old, new)))


def _parts(path: str, then: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts that differ, by their place in the row: deliveries.0.acknowledged_on."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*then, *now)):
            yield from _parts(f"{path}.{name}" if path else name, then.get(name), now.get(name))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (old, new) in enumerate(zip(then, now, strict=True)):
            yield from _parts(f"{path}.{number}", old, new)
    elif then != now:
        yield path, then, now
