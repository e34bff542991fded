#!/bin/bash
# Once for a new ledger, harmless after: the ledger itself (the arguments are those of `gongze init`), the ledger's own user
# at the broker, topics and permissions. Whoever starts it waits for database and broker.
set -euo pipefail
: "${BROKER_ADMIN_PASSWORD_FILE:?}" "${GONGZE_KAFKA_USER:?}" "${GONGZE_KAFKA_PASSWORD_FILE:?}"

said=$(mktemp)
trap 'rm -f "$said"' EXIT
if ! gongze init --format json "$@" 2> "$said"; then
	if ! grep -q '"code": "ledger_exists"' "$said"; then
		cat "$said" >&2
		exit 1
	fi
	echo '台账已在 there is a ledger already'
fi

as_admin() {
	GONGZE_KAFKA_USER=admin GONGZE_KAFKA_PASSWORD_FILE=$BROKER_ADMIN_PASSWORD_FILE gongze "$@"
}
as_admin topics user "$GONGZE_KAFKA_USER" --password-file "$GONGZE_KAFKA_PASSWORD_FILE"
as_admin topics ensure --yes --user "$GONGZE_KAFKA_USER"
