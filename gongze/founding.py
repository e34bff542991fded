"""Making a new ledger: its tables, its own key, the genesis, and what the operator registers at once."""

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from domain.acts.registry import AgencyRegistered
from domain.forms import build, plain
from domain.refusal import Refusal
from events.keys import SigningKey
from events.store import StoreExists, StoreMissing, StoreUnreachable, open_store
from gongze import locality
from gongze.keyfiles import passphrase
from gongze.ledger import Ledger
from gongze.packs import PackFaulty, read_pack, shipped
from gongze.script import physical_lines
from gongze.settings import Settings


def demonstration(settings: Settings, keys_dir: Path, secret: locality.Secrets = locality.fresh) -> None:
    """The sample locality with its keys below `keys_dir`, which must be new or empty; all keys are made of `secret`.

    Raises Refusal("file_exists"), or events.store's StoreExists.
    """
    _check_free(settings)
    if keys_dir.exists() and any(keys_dir.iterdir()):
        raise Refusal(
            "file_exists",
            f"密钥文件夹 {keys_dir} 不是空的：上次建账中断留下的，请删掉；否则请换一个",
            "--demo-keys",
        )
    keys_dir.mkdir(parents=True, exist_ok=True)
    try:
        with _founding(settings) as ledger:
            locality.found_sample(ledger, keys_dir, _own_key(settings, locality.DEMO_ORIGIN, secret), secret)
    except BaseException:  # keys of no ledger would bar the next attempt
        for one in keys_dir.iterdir():
            shutil.rmtree(one, ignore_errors=True)
        raise


def real(settings: Settings, origin: str, region: str, packs: list[str], agencies: Path | None) -> None:
    """An empty ledger with an encrypted operator key, the packs adopted and the listed agencies registered."""
    _check_free(settings)
    chosen = [_pack(name) for name in packs]
    listed = _read_agencies(agencies) if agencies is not None else []
    secret = passphrase(settings, ask=True)
    if not secret:
        raise Refusal(
            "passphrase_missing",
            "请在终端输入运行单位密钥的口令，或用 GONGZE_KEY_PASSPHRASE_FILE 指明口令文件",
            "GONGZE_KEY_PASSPHRASE_FILE",
        )
    path = settings.data_dir / "operator.key"
    if path.exists():
        raise Refusal("file_exists", f"运行单位密钥 {path} 已存在，请先移走", "GONGZE_DATA_DIR")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _founding(settings) as ledger:
        operator = SigningKey.generate()
        founder = locality.found(ledger, operator, _own_key(settings, origin), origin, demo=False)
        for agency in listed:
            founder.act("AgencyRegistered", "operator", "operator/1", operator, **agency)
        locality.adopt_packs(founder, operator, chosen, region, ledger.today())
        founder.act(
            "LedgerStarted", "operator", "operator/1", operator, region=region, on=ledger.today().isoformat()
        )
        operator.save(path, secret)


def _check_free(settings: Settings) -> None:
    """There must be no ledger yet, whatever else is in the way. Raises StoreExists."""
    try:
        open_store(settings.database_url).close()
    except StoreMissing:
        return
    raise StoreExists(settings.database_url.rpartition("@")[2])


@contextmanager
def _founding(settings: Settings) -> Iterator[Ledger]:
    """A ledger that is there whole or not at all.

    An embedded one is made beside its place and put there in one step. On a server one that was broken off is
    never opened (`Ledger.open` wants the last founding act) and the operator takes an empty database.
    """
    if not settings.database_url.startswith("sqlite:///"):
        with Ledger.create(settings) as ledger:
            yield ledger
            ledger.catch_up()
        return
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        beside = Path(folder) / path.name
        with Ledger.create(replace(settings, database_url=f"sqlite:///{beside}")) as ledger:
            yield ledger
            ledger.catch_up()
        if beside.with_name(f"{beside.name}-wal").exists():
            raise StoreUnreachable("未能写完数据库文件，请重试")
        try:
            path.hardlink_to(beside)  # refuses where another was faster
        except FileExistsError:
            raise StoreExists(str(path)) from None


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


def _own_key(settings: Settings, origin: str, secret: locality.Secrets = locality.fresh) -> str:
    """Make the ledger's own log key (never an agency's) and give its verifier key in signed-note form.

    C2SP signed-note: name+hash+base64(0x01 ‖ public key), hash = first four bytes of
    SHA-256(name ‖ "\\n" ‖ 0x01 ‖ public key).
    """
    key = SigningKey(secret("log"))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    key.save(settings.data_dir / "log.key", None, overwrite=True)  # of an attempt that came to nothing
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
