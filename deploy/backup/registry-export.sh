#!/bin/sh
# Writes all schemas with their ids into FILE (Apicurio Registry). Every record in Kafka names its schema by id: without the
# ids no topic can be read. Export after each `topics apply` that registered something, and keep the file with the backups.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -eq 1 ] || usage 'FILE'
need curl 'install curl'
base=${SCHEMA_REGISTRY_URL:?is not set}
base=${base%%/apis/*}
curl -sS --fail-with-body -H 'Accept: application/zip' -o "$1.partial" "$base/apis/registry/v3/admin/export" ||
  fail "the registry at $base refused"
mv "$1.partial" "$1"
