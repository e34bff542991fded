"""The rules of one ledger: its adopted packs as kept in its database, and the calendar with its publications."""

from functools import lru_cache

from domain.duties import Pack, Rules
from domain.refusal import Refusal
from domain.registry import Registry
from events.calendars import national_calendar
from events.store import Store
from gongze.packs import read_pack, shipped


@lru_cache(maxsize=32)
def _read(content: bytes, digest: str) -> Pack:
    """A pack never changes, and a process that opens a ledger every minute need not read it every minute."""
    return read_pack(content, f"{digest[:16]}.toml")


def shipped_digests() -> frozenset[str]:
    """Of the packs that come with the software, which need not be stored."""
    return frozenset(pack.digest for _, pack in shipped().values())


class Rulebook:
    """Packs by digest, each read once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._packs: dict[str, Pack] = {}

    def known(self, digest: str) -> bool:
        """Whether a pack of that digest can be had."""
        return self._content(digest) is not None

    def pack(self, digest: str) -> Pack:
        """A pack by its digest. Raises Refusal("pack_missing")."""
        if digest not in self._packs:
            content = self._content(digest)
            if content is None:
                raise Refusal("pack_missing", f"缺少规则包文件（摘要 {digest[:16]}…），请重新导入", "digest")
            self._packs[digest] = _read(content, digest)
        return self._packs[digest]

    def _content(self, digest: str) -> bytes | None:
        """From the ledger's own database; from the software where it is one that came with it."""
        stored = self.store.get_document(bytes.fromhex(digest))
        if stored is not None:
            return stored
        return next((content for content, pack in shipped().values() if pack.digest == digest), None)

    def rules(self, registry: Registry) -> Rules:
        """What duties are computed with, as a registry has it."""
        packs = {a.digest: self.pack(a.digest) for a in registry.adoptions}
        return Rules(registry, registry.calendar(national_calendar()), packs)
