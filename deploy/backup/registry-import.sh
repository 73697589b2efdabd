#!/bin/sh
# Brings the schemas of registry-export.sh back into an empty registry, under the ids that they had.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -eq 1 ] || usage 'FILE'
need curl 'install curl'
[ -f "$1" ] || fail "$1 is not there"
base=${SCHEMA_REGISTRY_URL:?is not set}
base=${base%%/apis/*}
subjects=$(curl -sS --fail-with-body "$base/apis/ccompat/v7/subjects") || fail "the registry at $base refused: $subjects"
[ "$subjects" = '[]' ] || fail 'the registry is not empty: ids in it may mean other schemas than those of the export'
curl -sS --fail-with-body -X POST -H 'Content-Type: application/zip' \
  -H 'X-Registry-Preserve-GlobalId: true' -H 'X-Registry-Preserve-ContentId: true' \
  --data-binary "@$1" "$base/apis/registry/v3/admin/import" || fail 'the registry refused the import'
