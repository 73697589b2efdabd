#!/bin/sh
# Backs up ClickHouse's database with the server's own BACKUP. TARGET is what that statement takes:
#   clickhouse-backup.sh "S3('https://bucket.example/clickhouse/2026-11-28', 'KEY_ID', 'SECRET')" positions-2026-11-28.tsv
#   clickhouse-backup.sh "Disk('backups', '2026-11-28')" positions-2026-11-28.tsv
# CLICKHOUSE_URL may hold user and password; CLICKHOUSE_DATABASE is stakestream where absent.
#
# A backup takes one table after the other while the sink writes. The sink writes positions behind the rows, so positions that
# are noted before the backup begins never point past a row that is missing in it: they are kept beside it and laid in its
# place by clickhouse-restore.sh.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -eq 2 ] || usage 'TARGET POSITIONS_FILE'
need curl 'install curl'
url=${CLICKHOUSE_URL:?is not set}
database=${CLICKHOUSE_DATABASE:-stakestream}

ask() {
  curl -sS --fail-with-body "$url/?database=$database" --data-binary "$1"
}
ask 'SELECT topic, partition, argMax(next_offset, written_at) FROM sink_positions GROUP BY topic, partition ORDER BY topic, partition FORMAT TSV' \
  > "$2.partial" || fail "ClickHouse refused: $(cat "$2.partial")"
ask "BACKUP DATABASE $database TO $1 FORMAT TSV" || fail 'ClickHouse refused the backup'
mv "$2.partial" "$2"
