#!/bin/bash
# One Kafka broker and controller (KRaft) in one process: TLS, SCRAM users, permissions; nobody gets in without a password.
# Formats its folder when it is new, else takes it up as it is. Everything it is told stands in the environment.
set -euo pipefail
umask 077

: "${BROKER_DATA:?folder of the broker}" "${BROKER_JARS:?folder of Kafka and what it needs}"
: "${BROKER_HOST:?name that clients reach it by, as in its certificate}" "${BROKER_PORT:?}" "${BROKER_CONTROLLER_PORT:?}"
: "${BROKER_ADMIN_PASSWORD_FILE:?}" "${BROKER_CERTIFICATE_FILE:?PEM: private key, certificate}" "${BROKER_CA_FILE:?PEM}"
listen=${BROKER_LISTEN:-0.0.0.0}

password=$(<"$BROKER_ADMIN_PASSWORD_FILE")
# It stands in quotes below, and whoever can guess it owns the exchange.
if ! [[ $password =~ ^[A-Za-z0-9._-]{16,200}$ ]]; then
	echo "$BROKER_ADMIN_PASSWORD_FILE：口令应为 16 个以上的字母、数字、点、横线 a password of 16 or more letters, digits, . _ -" >&2
	exit 2
fi

mkdir -p "$BROKER_DATA"
login="username=\"admin\" password=\"$password\""
# One node keeps one copy of everything. The controller asks for a login too: else whoever reaches its port is its user.
cat > "$BROKER_DATA/server.properties" <<END
process.roles=broker,controller
node.id=1
listeners=CLIENT://$listen:$BROKER_PORT,CONTROLLER://127.0.0.1:$BROKER_CONTROLLER_PORT
advertised.listeners=CLIENT://$BROKER_HOST:$BROKER_PORT
listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$BROKER_CONTROLLER_PORT
log.dirs=$BROKER_DATA/log
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required $login;
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required $login user_admin="$password";
ssl.keystore.type=PEM
ssl.keystore.location=$BROKER_CERTIFICATE_FILE
ssl.truststore.type=PEM
ssl.truststore.location=$BROKER_CA_FILE
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.flush.interval.messages=1
END

java=(java "-Xmx${BROKER_MEMORY:-512m}" -Djava.awt.headless=true -Dorg.slf4j.simpleLogger.defaultLogLevel=warn
	-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info -cp "$BROKER_JARS/*")
if [ ! -e "$BROKER_DATA/log/meta.properties" ]; then
	cluster=$("${java[@]}" kafka.tools.StorageTool random-uuid)
	# The tool takes the first user in its arguments only; it runs for a second, before anything listens.
	"${java[@]}" kafka.tools.StorageTool format -c "$BROKER_DATA/server.properties" -t "$cluster" \
		--add-scram "SCRAM-SHA-512=[name=admin,password=$password]" >/dev/null
fi
exec "${java[@]}" kafka.Kafka "$BROKER_DATA/server.properties"
