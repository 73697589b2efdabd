#!/bin/sh
# Brings a backup of clickhouse-backup.sh back, into a server without the database. sink-clickhouse must be stopped; started
# again it goes on from the positions that were noted, leaves out what is there, and writes the rest from Kafka.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -eq 2 ] || usage 'TARGET POSITIONS_FILE'
need curl 'install curl'
url=${CLICKHOUSE_URL:?is not set}
database=${CLICKHOUSE_DATABASE:-stakestream}
[ -f "$2" ] || fail "$2, the positions that belong to the backup, is not there"

ask() {
  curl -sS --fail-with-body "$url/" --data-binary "$1"
}
tables=$(ask "SELECT count() FROM system.tables WHERE database = '$database' FORMAT TSV") || fail "ClickHouse refused: $tables"
[ "$tables" = 0 ] || fail "the database $database is there and holds $tables tables and views: drop it first, if it is the right one"
ask "RESTORE DATABASE $database FROM $1 FORMAT TSV" || fail 'ClickHouse refused to restore'
ask "TRUNCATE TABLE $database.sink_positions" || fail 'the old positions could not be removed: do not start the sink'
{
  printf 'INSERT INTO %s.sink_positions (topic, partition, next_offset) FORMAT TSV\n' "$database"
  cat "$2"
} | curl -sS --fail-with-body "$url/" --data-binary @- || fail 'the positions could not be written: do not start the sink'
