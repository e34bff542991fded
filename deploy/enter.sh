#!/bin/bash
# What every Gongze process begins with: the database's password, which lies in a file, goes where libpq looks for it.
# An address with a password in it would be seen by everybody who may list processes or containers.
set -euo pipefail
umask 077
if [ -n "${DATABASE_PASSWORD_FILE:-}" ]; then
	PGPASSFILE=$(mktemp)
	export PGPASSFILE
	# a colon or a backslash is written with a backslash before it
	sed -e 's/[\\:]/\\&/g' -e 's/^/*:*:*:*:/' -e 1q "$DATABASE_PASSWORD_FILE" > "$PGPASSFILE"
fi
exec "$@"
