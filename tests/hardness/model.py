"""The ledger without its craft: a list of acts, and what becomes of the next one."""

from dataclasses import dataclass

from tests.hardness.acts import AGENCY, Act


@dataclass(frozen=True)
class Stored:
    """An act in the list. Its commitment is blinded by chance, so it is learned from the receipt."""

    act: Act
    received_at_ms: int
    commitment: bytes


class Model:
    """`founded` acts are there from the beginning; the model's own begin behind them."""

    def __init__(self, founded: int, received_at_ms: int) -> None:
        self.founded = founded
        self.founded_at_ms = received_at_ms
        self.log: list[Stored] = []

    def answer(self, act: Act) -> tuple[str, object]:
        """("repeated", index), ("refused", code), or ("stored", index)."""
        officers, roots = {f"{AGENCY}/1", *self._about("KeyRegistered")}, {f"{AGENCY}/root"}
        if act.key not in officers | roots:
            return "refused", "key_unknown"
        for index, stored in enumerate(self.log, self.founded):
            if stored.act.cti == act.cti:
                same = stored.act.digest == act.digest
                return ("repeated", index) if same else ("refused", "duplicate")
        if act.key in self._about("KeyRevoked"):
            return "refused", "key_revoked"
        if not self._true(act):
            return "refused", "stale_view"
        if self._broken(act):
            return "refused", "case_rule_broken"
        return "stored", self.size

    def _true(self, act: Act) -> bool:
        """What the signer saw is a point of the stream's history."""
        version, commitment = act.seen
        stream = [s.commitment for s in self.log if s.act.stream == act.stream]
        return version == 0 or (version <= len(stream) and stream[version - 1] == commitment)

    def _broken(self, act: Act) -> bool:
        """A case is filed once and before all else; a number is given once in a case; so is a key."""
        filed = any(s.act.event == "CaseFiled" and s.act.stream == act.stream for s in self.log)
        same = any(
            (s.act.stream, s.act.event, s.act.about) == (act.stream, act.event, act.about) for s in self.log
        )
        match act.event:
            case "CaseFiled":
                return filed
            case "NoticeIssued":
                return same or not filed
            case "KeyRegistered":
                return same
            case _:  # KeyRevoked
                known = {f"{AGENCY}/1", *self._about("KeyRegistered")}
                return same or act.about not in known

    def _about(self, event: str) -> set[str]:
        return {s.act.about for s in self.log if s.act.event == event}

    def store(self, act: Act, received_at_ms: int, commitment: bytes) -> None:
        self.log.append(Stored(act, received_at_ms, commitment))

    def received_at(self, now_ms: int) -> int:
        """Never back."""
        return max(now_ms, self.last_ms)

    @property
    def last_ms(self) -> int:
        return self.log[-1].received_at_ms if self.log else self.founded_at_ms

    @property
    def size(self) -> int:
        return self.founded + len(self.log)

    def stream(self, name: str) -> list[bytes]:
        """The commitments of a stream that began after the founding."""
        return [s.commitment for s in self.log if s.act.stream == name]
