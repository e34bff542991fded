"""Acts of the `registry` stream: who is in the ledger, with which keys, routes, packs and calendars.

The stream is public in full; so no telephone number, mail address or other private datum enters it.
"""

from datetime import date
from typing import Literal

from domain.acts.base import Event, event
from domain.values import AgencyId, AgencyKind, Digest, Label, Level, Moment, Number, PublicKey, Text

Matter = Literal["non_litigation", "lawsuit", "supervision", "crime", "discipline", "planning"]


@event("registry", "建账", by="operator")
class LedgerCreated(Event):
    """The genesis, index 0. `origin` names the log, `log_key` is its signed-note verifier key, `quorum` how many
    of `witnesses` (verifier keys) must cosign. `demo` marks a demonstration ledger for good."""

    ledger_id: Digest
    origin: Text
    log_key: Text
    operator_key: PublicKey
    witnesses: tuple[Text, ...] | None = None
    quorum: int | None = None
    demo: bool = False


@event("registry", "启用台账", by="operator")
class LedgerStarted(Event):
    """From `on` the ledger is kept in `region` and below; terms that fell due earlier are history."""

    region: Label
    on: date


@event("registry", "留存核账表", by="operator")
class SheetsKept(Event):
    """What was computed for each agency at the end of a period is kept as it was: `digest` is SHA-256 of the list of
    the files, which names their digests and holds a random text, as this stream is public."""

    from_: date
    to: date
    digest: Digest


@event("registry", "机构登记", by="operator")
class AgencyRegistered(Event):
    """`root_key_id`: thumbprint of the agency's root key, from a signed paper; only that root is let in."""

    id: AgencyId
    kind: AgencyKind
    name: Text
    level: Level
    region: Label
    parent: AgencyId | None = None
    branch_of: AgencyId | None = None
    stationed_at: AgencyId | None = None
    number_prefixes: tuple[Number, ...] | None = None
    root_key_id: Digest | None = None


@event("registry", "机构变更", by="operator")
class AgencyChanged(Event):
    """Replaces the fields given; the kind and the id of an agency never change."""

    id: AgencyId
    name: Text | None = None
    level: Level | None = None
    region: Label | None = None
    parent: AgencyId | None = None
    branch_of: AgencyId | None = None
    stationed_at: AgencyId | None = None
    number_prefixes: tuple[Number, ...] | None = None
    root_key_id: Digest | None = None


@event("registry", "机构根密钥副署", by="any")
class AgencyCountersigned(Event):
    """The superior agency, or one of two others, vouches for an agency's root key."""

    agency: AgencyId
    key_id: Digest


@event("registry", "路由设定", by="operator")
class RouteSet(Event):
    """Who is meant by a kind of agency for a region and matter, from a day on (`to` the last day, if any)."""

    region: Label
    kind: AgencyKind
    matter: Matter
    agency: AgencyId
    from_: date
    to: date | None = None


@event("registry", "参与方式设定", by="operator")
class ParticipationSet(Event):
    agency: AgencyId
    mode: Literal["signing", "confirming", "paper"]
    from_: date
    consent: Text | None = None


@event("registry", "责任人确定", by="any")
class ResponsiblePersonNamed(Event):
    """第一责任人 (principal) or 直接责任人 (deputy)."""

    agency: AgencyId
    role: Literal["principal", "deputy"]
    officer: Text
    from_: date


@event("registry", "联络员任命", by="any")
class OfficerAppointed(Event):
    officer: AgencyId
    name: Text
    from_: date
    agency: AgencyId | None = None
    deputy_of: AgencyId | None = None


@event("registry", "联络员更换", by="any")
class OfficerReplaced(Event):
    officer: AgencyId
    by: AgencyId
    name: Text
    from_: date
    agency: AgencyId | None = None


@event("registry", "联络员解任", by="any")
class OfficerReleased(Event):
    officer: AgencyId
    from_: date
    agency: AgencyId | None = None


@event("registry", "密钥登记", by="any")
class KeyRegistered(Event):
    """A root key signs its own registration; officer and encryption keys are registered by the root.

    `key_id` is the COSE_Key thumbprint (RFC 9679); `proof` the new key's proof of possession, hex."""

    agency: AgencyId
    key_id: Digest
    algorithm: Literal["Ed25519"]
    public_key: PublicKey
    purpose: Literal["root", "sign", "encrypt"]
    custody: Literal["browser", "file", "agent", "token"]
    from_: Moment
    proof: PublicKey
    officer: AgencyId | None = None


@event("registry", "密钥撤销", by="any")
class KeyRevoked(Event):
    """Takes effect at its index; acts received from `since` on with a lower index become `key_in_doubt`."""

    key_id: Digest
    since: Moment
    reason: Text
    agency: AgencyId | None = None


@event("registry", "规则包采用", by="operator")
class PackAdopted(Event):
    """`region` and those below it follow the pack from the day `from`; `digest` is SHA-256 of its file."""

    pack: Label
    version: Label
    digest: Digest
    region: Label
    from_: date


@event("registry", "规则包副署", by="nr procuratorate")
class PackCountersigned(Event):
    pack: Label
    version: Label
    digest: Digest
    region: Label


@event("registry", "日历发布", by="operator government")
class CalendarPublished(Event):
    """放假与调休安排. Without `region` the nation's; a later one for the same year and region replaces it."""

    year: int
    notice: Text
    region: Label | None = None
    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()


@event("registry", "区划调整", by="operator")
class BoundaryChanged(Event):
    region: Label
    from_agency: AgencyId
    to_agency: AgencyId
    on: date
