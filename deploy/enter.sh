#!/bin/bash
# What every Gongze process begins with: the database's password, which lies in a file, goes where libpq looks for it.
# An address with a password in it would be seen by everybody who may list processes or containers.
set -euo pipefail
umask 077
if [ -n "${DATABASE_PASSWORD_FILE:-}" ]; then
	# one file for each password, in a folder of this user's own, however often something is started
	folder=${TMPDIR:-/tmp}/gongze-$(id -u)
	mkdir -p -m 700 "$folder"
	if [ -L "$folder" ] || [ ! -O "$folder" ]; then
		echo "文件夹不归本用户所有 not this user's own folder: $folder" >&2
		exit 2
	fi
	PGPASSFILE=$folder/database-$(printf %s "$DATABASE_PASSWORD_FILE" | sha256sum | cut -c1-16)
	export PGPASSFILE
	beside=$(mktemp "$folder/.XXXXXXXX")
	# a colon or a backslash is written with a backslash before it
	sed -e 's/[\\:]/\\&/g' -e 's/^/*:*:*:*:/' -e 1q "$DATABASE_PASSWORD_FILE" > "$beside"
	mv -f "$beside" "$PGPASSFILE"
fi
exec "$@"
