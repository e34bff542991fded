#!/bin/bash
# The whole exchange on one machine without containers: deploy/up.sh up | down [FOLDER]. PostgreSQL, broker, the one-off,
# publisher, consumer and scheduler as plain processes of 127.0.0.1, around a demonstration ledger, everything in FOLDER.
set -euo pipefail
umask 077
root=$(cd "$(dirname "$0")/.." && pwd)
what=${1:-} folder=${2:-$root/build/up}
WAIT_SECONDS=120

# PostgreSQL refuses to be run by root: then its own account runs it, in a folder that this account can reach.
as_postgres=()
[ "$(id -u)" != 0 ] || as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)

program() {
	command -v "$1" || compgen -G "/usr/lib/postgresql/*/bin/$1" | sort -V | tail -1
}

wait_for() { # what, log, command...
	local name=$1 log=$2 until=$((SECONDS + WAIT_SECONDS))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $until ]; then
			echo "$name 没有起来 did not start" >&2
			tail -20 "$log" >&2
			exit 3
		fi
		sleep 0.2
	done
}

alive() { [ -e "$folder/$1.pid" ] && kill -0 "$(<"$folder/$1.pid")" 2>/dev/null; }

start() { # name, command...
	local name=$1
	shift
	alive "$name" && return
	[ ! -e "$folder/$name.log" ] || mv "$folder/$name.log" "$folder/$name.log.before"
	nohup setsid "$@" > "$folder/$name.log" 2>&1 < /dev/null &
	echo $! > "$folder/$name.pid"
}

stop() {
	alive "$1" || return 0
	local pid until=$((SECONDS + 30))
	pid=$(<"$folder/$1.pid")
	kill -"${2:-TERM}" "$pid"
	while kill -0 "$pid" 2>/dev/null; do
		[ $SECONDS -lt $until ] || kill -KILL "$pid"
		sleep 0.1
	done
	rm -f "$folder/$1.pid"
	echo "已停 stopped: $1"
}

prepare() {
	mkdir -p "$folder/secrets"
	for name in database broker-admin gongze; do
		[ -e "$folder/secrets/$name" ] || openssl rand -hex 24 > "$folder/secrets/$name"
	done
	[ -e "$folder/secrets/broker.pem" ] || "$root/deploy/certify.sh" "$folder/secrets" 127.0.0.1
	[ -e "$folder/postgres" ] || mktemp -d "${TMPDIR:-/tmp}/gongze-postgres-XXXXXX" > "$folder/postgres"
	data=$(<"$folder/postgres")
	if [ ! -e "$data/data/PG_VERSION" ]; then
		cp "$folder/secrets/database" "$data/password"
		[ ${#as_postgres[@]} = 0 ] || chown -R postgres: "$data"
		(cd "$data" && "${as_postgres[@]}" "$(program initdb)" --pgdata="$data/data" --username=gongze --pwfile="$data/password" \
			--auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 > "$folder/initdb.log")
		rm "$data/password"
	fi
}

up() {
	prepare
	export DATABASE_PASSWORD_FILE=$folder/secrets/database
	export BROKER_ADMIN_PASSWORD_FILE=$folder/secrets/broker-admin
	export GONGZE_DATABASE_URL=postgresql://gongze@127.0.0.1:$POSTGRES_PORT/postgres GONGZE_DATA_DIR=$folder/data
	export GONGZE_KAFKA_BOOTSTRAP=127.0.0.1:$BROKER_PORT GONGZE_KAFKA_SECURITY_PROTOCOL=SASL_SSL GONGZE_KAFKA_USER=gongze
	export GONGZE_KAFKA_PASSWORD_FILE=$folder/secrets/gongze GONGZE_KAFKA_CA_FILE=$folder/secrets/ca.pem
	export PATH=$root/.venv/bin:$PATH
	(cd "$data" && start postgres "${as_postgres[@]}" "$(program postgres)" -D "$data/data" -c listen_addresses=127.0.0.1 \
		-c "port=$POSTGRES_PORT" -c unix_socket_directories=)
	BROKER_DATA=$folder/broker BROKER_JARS=$root/build/kafka BROKER_HOST=127.0.0.1 BROKER_LISTEN=127.0.0.1 \
		BROKER_CERTIFICATE_FILE=$folder/secrets/broker.pem BROKER_CA_FILE=$folder/secrets/ca.pem \
		BROKER_CONTROLLER_PORT=$BROKER_CONTROLLER_PORT start broker "$root/deploy/broker.sh"
	wait_for PostgreSQL "$folder/postgres.log" "$(program pg_isready)" -h 127.0.0.1 -p "$POSTGRES_PORT"
	wait_for Kafka "$folder/broker.log" grep -q 'Kafka Server started' "$folder/broker.log"
	"$root/deploy/enter.sh" "$root/deploy/initialise.sh" --demo-keys "$folder/keys"
	for part in publish consume schedule; do
		start $part "$root/deploy/enter.sh" gongze $part
	done
	printf 'export %s\n' "DATABASE_PASSWORD_FILE=$DATABASE_PASSWORD_FILE" "GONGZE_DATABASE_URL=$GONGZE_DATABASE_URL" \
		"GONGZE_DATA_DIR=$GONGZE_DATA_DIR" "GONGZE_KAFKA_BOOTSTRAP=$GONGZE_KAFKA_BOOTSTRAP" \
		"GONGZE_KAFKA_SECURITY_PROTOCOL=SASL_SSL" "GONGZE_KAFKA_USER=gongze" \
		"GONGZE_KAFKA_PASSWORD_FILE=$GONGZE_KAFKA_PASSWORD_FILE" "GONGZE_KAFKA_CA_FILE=$GONGZE_KAFKA_CA_FILE" > "$folder/environment"
	echo "已起 started；设置 settings: $folder/environment；停 stop: deploy/up.sh down $folder"
}

case $what in
up)
	: "${POSTGRES_PORT:=15432}" "${BROKER_PORT:=19093}" "${BROKER_CONTROLLER_PORT:=19094}"
	export POSTGRES_PORT BROKER_PORT BROKER_CONTROLLER_PORT
	up
	;;
down)
	for part in schedule consume publish broker; do stop $part; done
	stop postgres INT # a fast shutdown
	;;
*)
	echo "deploy/up.sh up|down [FOLDER]" >&2
	exit 2
	;;
esac
