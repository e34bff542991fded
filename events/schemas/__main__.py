"""`python -m events.schemas`: freeze the schema of every act whose definition has changed, as a further version.

Older files are never touched: statements written with them are read with them for ever.
"""

import json
import sys
from pathlib import Path

from domain.acts import EVENTS
from events.schemas import fingerprint, released, schema_of


def freeze(folder: Path) -> list[str]:
    """Write a file for each schema that is not released yet; the names of the new files."""
    known, made = dict(released()), []
    for name, kind in sorted(EVENTS.items()):
        schema = schema_of(kind.cls)
        mark = fingerprint(schema).hex()
        if mark in known:
            continue
        version = 1 + sum(file.split(".")[0] == name for file in known.values())
        file = f"{name}.{version}.avsc"
        (folder / file).write_text(json.dumps(schema, ensure_ascii=False, indent=1) + "\n", "utf-8")
        known[mark] = file
        made.append(file)
    (folder / "released.json").write_text(json.dumps(known, indent=0, sort_keys=True) + "\n", "utf-8")
    return made


if __name__ == "__main__":
    for file in freeze(Path(__file__).parent):
        sys.stdout.write(f"{file}\n")
