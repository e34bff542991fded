#!/bin/bash
# A certificate authority of one's own and a certificate for the broker: deploy/certify.sh FOLDER NAME. For a trial, or where
# there is no authority; it makes ca.pem, broker.pem (key and certificate) and ca.key, which belongs in a safe.
set -euo pipefail
umask 077
folder=$1 name=$2
mkdir -p "$folder"
[ ! -e "$folder/broker.pem" ] || { echo "$folder/broker.pem 已存在，没有改动 is there already" >&2; exit 2; }
if [[ $name =~ ^[0-9.]+$ ]]; then kind=IP; else kind=DNS; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=Gongze exchange' \
	-keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
	-keyout "$work/key.pem" -out "$work/request.pem" 2>/dev/null
openssl x509 -req -in "$work/request.pem" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 825 \
	-extfile <(printf 'subjectAltName=%s:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$kind" "$name") \
	-out "$work/certificate.pem" 2>/dev/null
cat "$work/key.pem" "$work/certificate.pem" > "$folder/broker.pem"
chmod 644 "$folder/ca.pem"
