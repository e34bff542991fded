"""Making a new ledger: its tables, its own key, the genesis, and what the operator registers at once."""

import base64
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.acts.registry import AgencyRegistered
from domain.forms import build, plain
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from events.history import stored_statement
from events.keys import SigningKey, sync_folder
from events.store import Store, StoreBusy, StoreExists, StoreMissing, StoreUnreachable, open_store
from gongze import locality
from gongze.keyfiles import passphrase, write_over
from gongze.ledger import NOT_FINISHED, Ledger
from gongze.packs import PackFaulty, read_pack, shipped
from gongze.script import physical_lines
from gongze.settings import Settings

EMBEDDED = "sqlite:///"
OPERATOR_KEY, LOG_KEY = "operator.key", "log.key"
DATA_DIR = "GONGZE_DATA_DIR"
MARK = ".founding"
"""In the data folder while a ledger is founded: for which database, and which keys were made for it (no secret)."""
PATIENCE, PAUSE = 30.0, 0.05
"""Seconds: how long another founding is waited for, and between two looks."""


def demonstration(settings: Settings, keys_dir: Path, secret: locality.Secrets = locality.fresh) -> None:
    """The sample locality with its keys below `keys_dir`, which must be new or empty; all keys are made of `secret`.

    Raises Refusal("file_exists"), or events.store's StoreExists.
    """
    with _alone(settings, keys_dir) as left:
        made = locality.sample_keys(secret)
        places = {name: keys_dir / f"{name}.key" for name in made}
        if secret is not locality.fresh:  # those of another secret would be no keys of this locality
            wanted = {key.kid.hex() for key in (*made.values(), SigningKey(secret("log")))}
            left = {place: kid for place, kid in left.items() if kid in wanted}
        _check_empty(keys_dir, set(places.values()))
        own = {name: _left_or(place, made[name], left, "--demo-keys") for name, place in places.items()}
        log = _left_or(settings.data_dir / LOG_KEY, SigningKey(secret("log")), left, DATA_DIR)
        keys = {places[name]: key for name, key in own.items()} | {settings.data_dir / LOG_KEY: log}
        with _founding(settings, _Keys(settings, keys)) as ledger:
            locality.found_sample(ledger, own, _verifier_key(log, locality.DEMO_ORIGIN), secret)


def real(settings: Settings, origin: str, region: str, packs: list[str], agencies: Path | None) -> None:
    """An empty ledger with an encrypted operator key, the packs adopted and the listed agencies registered."""
    _refuse_second(settings)
    chosen = [_pack(name) for name in packs]
    listed = _read_agencies(agencies) if agencies is not None else []
    secret = passphrase(settings, ask=True)
    if not secret:
        raise Refusal(
            "passphrase_missing",
            "请在终端输入运行单位密钥的口令，或用 GONGZE_KEY_PASSPHRASE_FILE 指明口令文件",
            "GONGZE_KEY_PASSPHRASE_FILE",
        )
    with _alone(settings) as left:
        own, logs = settings.data_dir / OPERATOR_KEY, settings.data_dir / LOG_KEY
        operator = _left_or(own, SigningKey.generate(), left, DATA_DIR, secret)
        log = _left_or(logs, SigningKey.generate(), left, DATA_DIR)
        with _founding(settings, _Keys(settings, {own: operator, logs: log}, {own: secret})) as ledger:
            founder = locality.found(ledger, operator, _verifier_key(log, origin), origin, demo=False)
            for agency in listed:
                founder.act("AgencyRegistered", "operator", "operator/1", operator, **agency)
            locality.adopt_packs(founder, operator, chosen, region, ledger.today())
            founder.act(
                "LedgerStarted",
                "operator",
                "operator/1",
                operator,
                region=region,
                on=ledger.today().isoformat(),
            )


def _refuse_second(settings: Settings) -> None:
    """There must be no ledger yet, whatever else is in the way. Raises StoreExists."""
    try:
        _check_free(settings)
    except StoreExists:
        with suppress(OSError, StoreBusy), _locked(settings):
            _clear(settings)
        raise
    except StoreMissing:
        pass  # half of one: perhaps another founding is at work


def _check_free(settings: Settings) -> None:
    """Raises StoreExists, or StoreMissing where there is half of one."""
    try:
        store = open_store(settings.database_url)
    except StoreMissing:
        return
    with closing(store):
        if not settings.database_url.startswith(EMBEDDED) and not _started(store):
            raise StoreMissing(NOT_FINISHED)
    raise StoreExists(settings.database_url.rpartition("@")[2])


def _started(store: Store) -> bool:
    """Whether its last founding act is there. Nothing is checked: that is for whoever opens the ledger."""
    acts = (stored_statement(entry).claims.event for entry in store.read_stream(REGISTRY))
    return "LedgerStarted" in acts


# -- one founding at a time


@contextmanager
def _alone(settings: Settings, *more: Path) -> Iterator[Mapping[str, str]]:
    """Keep any other founding out of the folders that this one writes to: the ledger's, and `more`.

    Gives the keys that an attempt at the same ledger left when it was broken off: their places and what they are.
    Raises StoreExists, StoreBusy.
    """
    _refuse_second(settings)
    for folder in _folders(settings, *more):
        folder.mkdir(parents=True, exist_ok=True)
    with _locked(settings, *more):
        _check_free(settings)
        yield _left(settings)


def _folders(settings: Settings, *more: Path) -> list[Path]:
    """Where files are made: in the same order for everybody, so that nobody waits in a circle."""
    found = {folder.resolve() for folder in (settings.data_dir, *more)}
    if settings.database_url.startswith(EMBEDDED):
        found.add(_file(settings).parent.resolve())
    return sorted(found)


@contextmanager
def _locked(settings: Settings, *more: Path) -> Iterator[None]:
    """flock(2) on the folders themselves, which the system lets go of when its holder dies."""
    with ExitStack() as held:
        until = time.monotonic() + PATIENCE
        for folder in _folders(settings, *more):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            held.callback(os.close, lock)
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= until:
                        raise StoreBusy(f"另一个建账正在 {folder} 中进行") from None
                    time.sleep(PAUSE)
                else:
                    break
        yield


def _clear(settings: Settings) -> None:
    """What was left beside a ledger that stands, by a founding that was killed at its very end."""
    if settings.database_url.startswith(EMBEDDED):
        shutil.rmtree(_workplace(settings), ignore_errors=True)
    if _left(settings):
        (settings.data_dir / MARK).unlink()


# -- its keys


def _left(settings: Settings) -> Mapping[str, str]:
    """The keys of an attempt that was broken off, by place; of an attempt at another ledger none, as that one may stand."""
    try:
        found = json.loads((settings.data_dir / MARK).read_bytes())
        if found["database"] == _database(settings):
            return {str(place): str(kid) for place, kid in found["keys"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass
    return {}


def _database(settings: Settings) -> str:
    """Which database is meant, without telling its password."""
    embedded = settings.database_url.startswith(EMBEDDED)
    name = str(_file(settings).resolve()) if embedded else settings.database_url.rpartition("@")[2]
    return hashlib.sha256(name.encode()).hexdigest()


def _left_or(
    place: Path, new: SigningKey, left: Mapping[str, str], field: str, secret: bytes | None = None
) -> SigningKey:
    """The new key for a place that is free; the one that lies there if it is the same, or of an attempt broken off.

    A key is never written over nor removed: perhaps it is a ledger's. Raises Refusal("file_exists").
    """
    before = left.get(str(place.resolve()))
    if not place.is_symlink() and (not place.exists() or (before is not None and _is_empty(place))):
        return new
    try:
        there = SigningKey.load(place, secret)
    except Refusal:
        if before is not None:
            raise Refusal(
                "file_exists",
                f"{place} 是上次建账中断时留下的，用这次的口令打不开：请用那时的口令，或先把它移走",
                field,
            ) from None
    else:
        if there.kid.hex() in (before, new.kid.hex()):
            return there
    raise Refusal(
        "file_exists", f"{place} 已存在，可能是另一本台账的密钥：请先移走并妥善保存，或换一个文件夹", field
    )


def _is_empty(place: Path) -> bool:
    """A name that was taken for a key which then was not written."""
    return place.is_file() and place.stat().st_size == 0


def _check_empty(keys_dir: Path, places: set[Path]) -> None:
    """Only what is to be written may be there already. Of hidden files none is a key of anybody."""
    for path in keys_dir.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(keys_dir).parts)
        if not path.is_dir() and not hidden and path not in places:
            raise Refusal(
                "file_exists",
                f"密钥文件夹 {keys_dir} 不是空的：请把里面的移走并妥善保存，或换一个",
                "--demo-keys",
            )


class _Keys:
    """The keys of the ledger to be, by place: kept before the first act is, so that no ledger is without them.

    A mark beside them tells the next attempt that they are its own, should this one be killed.
    """

    def __init__(
        self, settings: Settings, keys: Mapping[Path, SigningKey], secrets: Mapping[Path, bytes] | None = None
    ) -> None:
        self._mark = settings.data_dir / MARK
        self._database = _database(settings)
        self._keys = keys
        self._secrets = secrets or {}
        self._made: list[Path] = []

    def keep(self) -> None:
        """Write those that are not there yet."""
        for place in (self._mark, *self._keys):
            for part in place.parent.glob(f".{place.name}.*.part"):
                part.unlink()  # of an attempt that was killed
        found = {str(place.resolve()): key.kid.hex() for place, key in self._keys.items()}
        write_over(self._mark, json.dumps({"database": self._database, "keys": found}).encode(), 0o600)
        sync_folder(self._mark.parent)
        for place, key in self._keys.items():
            if place.exists() and not _is_empty(place):
                continue
            place.unlink(missing_ok=True)
            self._made += [folder for folder in reversed(place.parents) if not folder.exists()]
            place.parent.mkdir(parents=True, exist_ok=True)
            key.save(place, self._secrets.get(place))
            self._made.append(place)

    def take_back(self) -> None:
        """No ledger came to be: remove what `keep` wrote, and the mark if none of an earlier attempt is there."""
        for path in reversed(self._made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        if not any(place.exists() for place in self._keys):
            self._mark.unlink(missing_ok=True)

    def settle(self) -> None:
        """The ledger stands, and they are its own."""
        self._mark.unlink(missing_ok=True)


# -- its database


@contextmanager
def _founding(settings: Settings, keys: _Keys) -> Iterator[Ledger]:
    """A ledger that is there whole or not at all, and its keys before it.

    An embedded one is made beside its place and put there in one step. On a server one that was broken off is
    never opened (`Ledger.open` wants the last founding act) and the operator takes an empty database; its keys
    stay, as nobody can say here whether that act came to be.
    """
    if settings.database_url.startswith(EMBEDDED):
        with _beside(settings, keys) as ledger:
            yield ledger
    else:
        try:
            keys.keep()
            ledger = Ledger.create(settings)
        except BaseException:
            keys.take_back()
            raise
        with ledger:
            yield ledger
            ledger.catch_up()
    keys.settle()


@contextmanager
def _beside(settings: Settings, keys: _Keys) -> Iterator[Ledger]:
    place, workplace = _file(settings), _workplace(settings)
    beside = workplace / place.name
    shutil.rmtree(workplace, ignore_errors=True)  # of an attempt that was killed
    try:
        workplace.mkdir()
        keys.keep()
        with Ledger.create(replace(settings, database_url=f"{EMBEDDED}{beside}")) as ledger:
            yield ledger
            ledger.catch_up()
        if beside.with_name(f"{beside.name}-wal").exists():
            raise StoreUnreachable("未能写完数据库文件，请重试")
        try:
            place.hardlink_to(beside)  # refuses where another was faster
        except FileExistsError:
            raise StoreExists(str(place)) from None
    except BaseException:
        if not (place.exists() and beside.exists() and place.samefile(beside)):
            keys.take_back()
        raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    sync_folder(place.parent)


def _file(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix(EMBEDDED))


def _workplace(settings: Settings) -> Path:
    """Only one founding at a time uses it: what lies there when another begins was left by one that was killed."""
    return _file(settings).with_name(f".{_file(settings).name}.founding")


def _pack(name: str) -> bytes:
    """The content of a shipped pack, or of a pack file that has no fault."""
    if name in shipped():
        return shipped()[name][0]
    path = Path(name)
    if not path.is_file():
        raise Refusal("pack_unknown", f"没有规则包 {name}；随附的有：{'、'.join(shipped())}", "--pack")
    content = path.read_bytes()
    try:
        read_pack(content, name)
    except PackFaulty as faulty:
        raise Refusal("pack_faulty", f"规则包有误：{faulty.faults[0]}", "--pack") from None
    return content


def _verifier_key(key: SigningKey, origin: str) -> str:
    """The ledger's own log key (never an agency's) as its verifier key in signed-note form.

    C2SP signed-note: name+hash+base64(0x01 ‖ public key), hash = first four bytes of
    SHA-256(name ‖ "\\n" ‖ 0x01 ‖ public key).
    """
    typed = b"\x01" + key.public
    mark = hashlib.sha256(origin.encode() + b"\n" + typed).digest()[:4].hex()
    return f"{origin}+{mark}+{base64.b64encode(typed).decode()}"


def _read_agencies(path: Path) -> list[dict[str, Any]]:
    """JSON Lines of AgencyRegistered data; every line is checked before anything is made."""
    found = []
    for number, raw in physical_lines(path):
        try:
            data = json.loads(raw.decode("utf-8"))
            found.append(plain(build(AgencyRegistered, data)))
        except (ValueError, RecursionError):
            raise Refusal("schema_invalid", f"第 {number} 行不是 UTF-8 的 JSON", "--agencies") from None
        except Refusal as refusal:
            raise Refusal(refusal.code, f"第 {number} 行：{refusal.message}", "--agencies") from None
    return found
