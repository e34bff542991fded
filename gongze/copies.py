"""Copies of a whole ledger: the backup, what is restored from it, and the move to a server.

A copy is checked before anybody can take it for good: it lies in a folder of its own beside its place until every
signature and every position in it has been verified, and is then put in place in one step, never over anything.
"""

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from connectors.ferry import positions
from domain.refusal import Refusal
from domain.values import SHANGHAI, from_milliseconds
from events import verification
from events.history import stored_statement
from events.logroot import LogRoot
from events.store import (
    Entry,
    Store,
    StoreBusy,
    StoreDamaged,
    StoreExists,
    StoreMissing,
    StoreUnreachable,
    copying,
    create_store,
    open_store,
)
from events.verification import Fault
from gongze.keyfiles import put
from gongze.ledger import Ledger
from gongze.rulebook import shipped_digests
from gongze.settings import Settings

FORMAT = 1
PAGE = 500
"""Acts held at once: at their largest some 30 MB."""
BLOCK = 1 << 20
EMBEDDED = "sqlite:///"

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and of how much."""


@dataclass(frozen=True, slots=True)
class Content:
    """Which ledger a copy is of, and how far it goes. `root`: equal only for the same acts in the same order."""

    ledger: str
    genesis: str
    size: int
    last_index: int
    last_received_at: str
    root: str
    documents: int


@dataclass(frozen=True, slots=True)
class Manifest(Content):
    """What lies beside a backup, as JSON: its content, and the file's own length and digest."""

    format: int
    made_at: str
    file: str
    length: int
    sha256: str


# -- backup


def backup(settings: Settings, output: Path, progress: Progress) -> tuple[Path, Manifest]:
    """A verified copy of the ledger in one file, with its manifest beside it; others may go on writing.

    `output` is the file, or a folder in which the file is named by the moment. Raises Refusal("file_exists",
    "verification_failed"), OSError, and what `events.store` raises.
    """
    made_at = datetime.now(SHANGHAI)
    place = output / f"ledger-{made_at:%Y%m%dT%H%M%S}.db" if output.is_dir() else output
    with (
        closing(open_store(settings.database_url)) as store,
        _workplace(place.parent, "gongze-backup") as work,
    ):
        _check_absent(place)
        copy = work / "ledger.db"
        size = store.head().size
        if settings.database_url.startswith(EMBEDDED):
            source = Path(settings.database_url.removeprefix(EMBEDDED))
            copying.snapshot(source, copy, lambda done, total: progress("复制（页）", done, total))
        else:
            _exported(settings.database_url, store, size, copy, progress)
        content = _checked(settings, copy, progress)
        if content.size < size:
            raise Refusal("verification_failed", f"复制品只有 {content.size} 条，台账有 {size} 条", None)
        manifest = Manifest(
            **asdict(content), format=FORMAT, made_at=made_at.isoformat(timespec="seconds"), file=place.name,
            length=copy.stat().st_size, sha256=_sha256(copy, progress),
        )  # fmt: skip
        beside = work / "manifest.json"
        beside.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=2) + "\n", "utf-8")
        for made in (copy, beside):
            _sync(made)
        _put_both(copy, beside, place)
        _sync(place.parent)
    return place, manifest


def manifest_of(file: Path) -> Path:
    """Where the manifest of a backup lies."""
    return file.with_name(f"{file.name}.json")


def _put_both(copy: Path, manifest: Path, place: Path) -> None:
    """The copy first: alone it can be restored as well, which a manifest cannot. Raises Refusal("file_exists")."""
    try:
        put(copy, place)
    except FileExistsError:
        raise _taken(place) from None
    try:
        put(manifest, manifest_of(place))
    except BaseException as error:
        place.unlink()
        if isinstance(error, FileExistsError):
            raise _taken(manifest_of(place)) from None
        raise


def _check_absent(place: Path) -> None:
    """Told before the long work; at its end a place is still taken only where it is free."""
    if place.is_file() and place.stat().st_size and not os.path.lexists(manifest_of(place)):
        what = f"{place} 已存在，旁边没有清单。如果是中断了的备份，可以恢复（恢复时会核对）；要有清单，请换一个文件名再备份一次"
        raise Refusal("file_exists", what, "-o")
    for path in (place, manifest_of(place)):
        if os.path.lexists(path):  # a link that leads nowhere too
            raise _taken(path)


def _taken(path: Path) -> Refusal:
    return Refusal("file_exists", f"{path} 已存在，请换一个文件名", "-o")


def _exported(url: str, store: Store, size: int, copy: Path, progress: Progress) -> None:
    """A server's ledger as an embedded one. The log only grows, so its first `size` acts are one moment's.

    Raises Refusal("verification_failed") for what of the database itself is not copied.
    """
    _refuse(verification.faults_of_database(store))
    with closing(create_store(f"{EMBEDDED}{copy}")) as to:
        copying.fill_embedded(copy, _pages(store, 0, size, lambda n: progress("复制", n, size)))
        for digest, content in copying.documents(url, store):
            to.put_document(digest, content)


# -- restore


def restore(settings: Settings, file: Path, progress: Progress) -> tuple[Content, bool]:
    """Put a backup where the settings say the ledger is; whether there was a manifest to check it by.

    Raises Refusal("file_unusable", "file_exists", "verification_failed"), StoreExists, OSError, and what
    `events.store` raises.
    """
    if file.exists() and not file.is_file():
        raise Refusal("file_unusable", f"{file} 不是文件，请写明备份的文件名", "FILE")
    manifest = _read_manifest(file)
    embedded = settings.database_url.startswith(EMBEDDED)
    place = Path(settings.database_url.removeprefix(EMBEDDED))
    folder = place.parent if embedded else settings.data_dir
    if embedded:
        _check_free(place)
    _check_whole(file, manifest)
    folder.mkdir(parents=True, exist_ok=True)
    with _workplace(folder, "gongze-restore") as work:
        copy = work / "ledger.db"
        found = _copied(file, copy, progress)
        if manifest is not None and found != (manifest.length, manifest.sha256):
            raise Refusal("verification_failed", f"{file} 与清单所载的长度或摘要不符，备份已损坏", "FILE")
        content = _checked(settings, copy, progress)
        if manifest is not None and content != Content(
            **{f.name: getattr(manifest, f.name) for f in fields(Content)}
        ):
            raise Refusal("verification_failed", f"{file} 的内容与清单不符", "FILE")
        if embedded:
            _sync(copy)
            try:
                put(copy, place)
            except FileExistsError:
                raise StoreExists(str(place)) from None
            _sync(place.parent)
        else:
            with closing(open_store(f"{EMBEDDED}{copy}")) as source:
                _carry(settings, source, copy, settings.database_url, progress)
    return content, manifest is not None


def _check_free(place: Path) -> None:
    """Nothing may be in the way: SQLite would put an old ledger's write-ahead log into the restored one."""
    if os.path.lexists(place):
        raise StoreExists(str(place))
    for suffix in ("-wal", "-journal"):
        left = place.with_name(place.name + suffix)
        if left.exists():
            raise Refusal("file_exists", f"{left} 是原来台账的一部分，请先把它移走", "GONGZE_DATABASE_URL")


def _check_whole(file: Path, manifest: Manifest | None) -> None:
    """A file copied by hand while it was in use lacks what is still in the log beside it."""
    log = file.with_name(f"{file.name}-wal")
    if manifest is None and log.exists() and log.stat().st_size:
        raise Refusal(
            "file_unusable", f"{file} 旁边还有 {log.name}，不是完整的备份；请用 gongze backup", "FILE"
        )


def _read_manifest(file: Path) -> Manifest | None:
    path = manifest_of(file)
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text("utf-8"))
        manifest = Manifest(**{f.name: data[f.name] for f in fields(Manifest)})
    except (ValueError, RecursionError, KeyError, TypeError):
        raise Refusal("file_unusable", f"清单 {path} 无法读取；请改用另一份备份", "FILE") from None
    if manifest.format != FORMAT:
        raise Refusal("file_unusable", f"清单 {path} 是格式 {manifest.format}，请用较新的版本恢复", "FILE")
    return manifest


# -- move


def move(settings: Settings, to: str, progress: Progress) -> tuple[Content, int]:
    """Copy the embedded ledger into a PostgreSQL database; what is there now, and how many acts this run copied.

    Broken off, it goes on when it is run again. Raises Refusal("settings_unusable", "verification_failed"),
    StoreExists, and what `events.store` raises.
    """
    if not settings.database_url.startswith(EMBEDDED):
        raise Refusal("settings_unusable", "只有嵌入式台账（sqlite:///）才能搬迁", "GONGZE_DATABASE_URL")
    if to.partition("://")[0] not in ("postgresql", "postgresql+psycopg"):
        raise Refusal("settings_unusable", "只能搬到 PostgreSQL，地址以 postgresql:// 开头", "--to")
    path = Path(settings.database_url.removeprefix(EMBEDDED))
    with closing(open_store(settings.database_url)) as source:
        _verify(source, progress)
        copied, size = _carry(settings, source, path, to, progress)
        return _content(settings.database_url, source, size, progress), copied


def _carry(settings: Settings, source: Store, path: Path, url: str, progress: Progress) -> tuple[int, int]:
    """Bring a verified embedded ledger into a PostgreSQL database: how many acts were not there yet, and how many are.

    All that is read back from the target is compared with the source before the target can be opened. The last
    acts come over while nobody can append to the source, so that none is left behind.
    """
    genesis = source.read(limit=1)
    if not genesis:
        raise StoreMissing(str(path))
    with copying.arriving(url, genesis[0]) as arrival:
        if arrival.complete():
            return 0, _same(source, url, progress)
        arrival.begin()
        before = arrival.reached()
        with Ledger(replace(settings, database_url=url), open_store(url)) as ledger:
            target = ledger.store
            _add(source, arrival, progress)
            compared = _compare(source, target, 0, progress)
            _add_documents(source, path, target)
            ledger.projections.create()
            with copying.held(path):
                _add(source, arrival, progress)
                _add_documents(source, path, target)
                _compare(source, target, compared, progress)
                size = source.head().size
                _refuse(verification.faults_of_database(target))
                arrival.finish(size)
    return size - before, size


def _same(source: Store, url: str, progress: Progress) -> int:
    """The size of a ledger that an earlier run brought over whole. Raises StoreExists where it is another one."""
    with closing(open_store(url)) as target:
        if target.head() != source.head() or target.read(limit=1) != source.read(limit=1):
            raise StoreExists(url.rpartition("@")[2])
        _refuse(verification.faults_of_database(target))
        return _compare(source, target, -1, progress) + 1


def _add(source: Store, arrival: copying.Arrival, progress: Progress) -> None:
    size = source.head().size
    for page in _pages(source, arrival.reached() + 1, size, lambda n: progress("搬迁", n, size)):
        arrival.add(page)


def _add_documents(source: Store, path: Path, target: Store) -> None:
    for digest, content in copying.documents(f"{EMBEDDED}{path}", source):
        if target.get_document(digest) is None:
            target.put_document(digest, content)


def _compare(source: Store, target: Store, after: int, progress: Progress) -> int:
    """Each act of both after an index, byte for byte; the last index. Raises Refusal("verification_failed")."""
    total = source.head().size
    while True:
        theirs = target.read(after=after, limit=PAGE)
        ours = source.read(after=after, limit=PAGE)[: len(theirs)]
        if theirs != ours:
            pairs = zip(count(after + 1), theirs, ours, strict=False)
            differing = next((i for i, t, o in pairs if t != o), after + 1 + len(ours))
            raise Refusal(
                "verification_failed", f"目标库的第 {differing} 条与原台账不同，请换一个空的数据库", "--to"
            )
        if not theirs:
            return after
        after = theirs[-1].index
        progress("比对", after + 1, total)


# -- what they share


def _pages(store: Store, start: int, size: int, tell: Callable[[int], None]) -> Iterator[list[Entry]]:
    """The acts from an index up to a size, some at a time."""
    while start < size:
        page = store.read(after=start - 1, limit=min(PAGE, size - start))
        if not page:
            raise StoreDamaged(f"日志缺第 {start} 条")
        yield page
        start = page[-1].index + 1
        tell(start)


def _checked(settings: Settings, copy: Path, progress: Progress) -> Content:
    """Verify a copy that nobody else has open and make its tables fit this release; what it holds."""
    url = f"{EMBEDDED}{copy}"
    try:
        store = open_store(url)
    except (StoreDamaged, StoreMissing) as error:
        raise Refusal("verification_failed", f"不是台账，或已损坏：{error}", None) from None
    with closing(Ledger(replace(settings, database_url=url), store)) as ledger:
        _verify(store, progress)
        ledger.projections.create()
        positions.forget(url)
        _refuse(list(verification.faults_of_projections(store.head().size, ledger.projections.position())))
        content = _content(url, store, store.head().size, progress)
    if copy.with_name(f"{copy.name}-wal").exists():
        raise StoreUnreachable("未能写完数据库文件，请重试")
    return content


def _verify(store: Store, progress: Progress) -> None:
    """Raises Refusal("verification_failed") with the first fault."""
    size = store.head().size
    report = verification.verify(
        store, progress=lambda done: progress("核对", done, size), shipped=shipped_digests()
    )
    _refuse(report.faults)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        first, more = faults[0], len(faults) - 1
        where = "" if first.index is None else f"第 {first.index} 条 "
        rest = f"；另有 {more} 处" if more else ""
        raise Refusal(
            "verification_failed", f"核对不符，没有采用：{where}{first.code} {first.what}{rest}", None
        )


def _content(url: str, store: Store, size: int, progress: Progress) -> Content:
    """What a store holds up to a size, computed from all its acts. Raises StoreMissing where there are none."""
    root, first, last = LogRoot(), None, None
    for page in _pages(store, 0, size, lambda n: progress("计算根", n, size)):
        for entry in page:
            root.add(entry.leaf_hash)
        first, last = first or page[0], page[-1]
    if first is None or last is None:
        raise StoreMissing("台账是空的")
    return Content(
        ledger=stored_statement(first).claims.ledger, genesis=first.commitment.hex(), size=size, last_index=last.index,
        last_received_at=from_milliseconds(last.received_at_ms).isoformat(timespec="milliseconds"),
        root=root.root().hex(), documents=sum(1 for _ in copying.documents(url, store)),
    )  # fmt: skip


@contextmanager
def _workplace(folder: Path, name: str) -> Iterator[Path]:
    """A hidden folder of our own beside what is being made; what a killed run left in it goes first.

    Raises StoreBusy where another is at work in it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    place = folder / f".{name}"
    while (lock := _locked(place)) is None:
        continue
    try:
        _empty(place)
        yield place
    finally:
        _empty(place)
        place.rmdir()
        os.close(lock)


def _locked(place: Path) -> int | None:
    """The lock of a workplace, which goes with its process; None where its last owner is just removing it."""
    place.mkdir(exist_ok=True)
    try:
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), place.stat()):
            return lock
    except FileNotFoundError:
        pass
    except BlockingIOError:
        os.close(lock)
        raise StoreBusy(f"另一个备份或恢复正在 {place.parent} 中进行") from None
    os.close(lock)
    return None


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _copied(file: Path, copy: Path, progress: Progress) -> tuple[int, str]:
    """Copy a file; the length and SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with copy.open("wb") as to:
        for block in _blocks(file, "复制（字节）", progress):
            digest.update(block)
            to.write(block)
    return copy.stat().st_size, digest.hexdigest()


def _sha256(file: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    for block in _blocks(file, "摘要（字节）", progress):
        digest.update(block)
    return digest.hexdigest()


def _blocks(file: Path, what: str, progress: Progress) -> Iterator[bytes]:
    done, total = 0, file.stat().st_size
    with file.open("rb") as source:
        while block := source.read(BLOCK):
            yield block
            done += len(block)
            progress(what, done, total)


def _sync(path: Path) -> None:
    """What was written is on disk, a folder's entries too. Some file systems cannot tell of a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL or not path.is_dir():
            raise
    finally:
        os.close(descriptor)
