"""Key files on the agency's side: one key that signs a script, passphrases, files that are never overwritten."""

import errno
import getpass
import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.acts import Event
from domain.refusal import Refusal
from events.keys import SigningKey, sync_folder
from gongze.script import Line
from gongze.settings import Settings


def passphrase(settings: Settings, *, ask: bool) -> bytes | None:
    """From the file named in GONGZE_KEY_PASSPHRASE_FILE, else asked for at the terminal. Never in an argument."""
    if settings.passphrase_file is not None:
        try:
            return settings.passphrase_file.read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise Refusal(
                "settings_unusable", f"口令文件无法读取：{error.strerror}", "GONGZE_KEY_PASSPHRASE_FILE"
            ) from None
    if ask and sys.stdin.isatty():
        return getpass.getpass("密钥口令：").encode() or None
    return None


_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What a file system says that knows no hard links."""


@dataclass
class OneKey:
    """A key ring of one key: whatever a line's actor, this key signs it; the ledger judges whether it may."""

    key: SigningKey

    @classmethod
    def load(cls, path: Path, settings: Settings) -> "OneKey":
        """Raises Refusal("key_file_unusable")."""
        given = passphrase(settings, ask=False)
        try:
            return cls(SigningKey.load(path, given))
        except Refusal:
            asked = passphrase(settings, ask=True) if given is None else None
            if asked is None:
                raise
            return cls(SigningKey.load(path, asked))

    def for_line(self, line: Line, event: Event | None) -> tuple[SigningKey, str]:
        root = line.type == "KeyRegistered"
        return self.key, f"{line.actor}/root" if root else line.officer


def write_new(path: Path, content: Iterable[bytes], mode: int = 0o644, option: str = "-o") -> None:
    """Write a file whole or not at all; one that is there already is left alone. `option`: what it was named by.

    Raises Refusal("file_exists", "file_unusable"), OSError.
    """
    if not path.name:
        raise Refusal("file_unusable", f"{path} 是文件夹，请写明文件名", option)
    taken = Refusal("file_exists", f"{path} 已存在，请换一个文件名", option)
    if path.exists():
        raise taken
    with _beside(path, content, mode) as part:
        try:
            put(part, path, mode)
        except FileExistsError:
            raise taken from None
    sync_folder(path.parent)


def put(made: Path, place: Path, mode: int = 0o644) -> None:
    """Give what was made its name; nothing is ever written over. Raises FileExistsError where another was faster.

    Where the file system has no hard links, as on most sticks, the name is taken first by an empty file that only one
    of two writers can make; a kill between the two leaves that.
    """
    try:
        place.hardlink_to(made)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))  # ours from here on
        try:
            made.replace(place)
        except BaseException:
            place.unlink(missing_ok=True)
            raise


def write_over(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file whole, in place of one of that name: a reader, or a crash, meets the old one or the new one.

    Without hard links, which the file systems of sticks do not have.
    """
    try:
        with _beside(path, [content], mode) as part:
            part.replace(path)
    except OSError as error:  # told of the file that was asked for, not of the one beside it
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def _beside(path: Path, content: Iterable[bytes], mode: int) -> Iterator[Path]:
    """The content on disk under a name of its own, to be put in place; gone afterwards if it was not."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)
