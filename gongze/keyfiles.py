"""Key files on the agency's side: one key that signs a script, passphrases, files that are never overwritten."""

import getpass
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from domain.acts import Event
from domain.refusal import Refusal
from events.keys import SigningKey
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

    Raises Refusal("file_exists").
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    if path.exists():
        raise Refusal("file_exists", f"{path} 已存在，请换一个文件名", option)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # refuses where another came first
    except FileExistsError:
        raise Refusal("file_exists", f"{path} 已存在，请换一个文件名", option) from None
    finally:
        part.unlink(missing_ok=True)


def write_over(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file whole, in place of one of that name: a reader, or a crash, meets the old one or the new one.

    Without hard links, which the file systems of sticks do not have.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:  # told of the file that was asked for, not of the one beside it
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)
