#!/bin/sh
# Takes a base backup of a running PostgreSQL, from which it can be brought back to any later moment (postgres-restore.sh).
# It runs on the database's machine, as a user who may read its folder, and speaks to it through psql, whose variables say
# where it is (PGHOST, PGPORT, PGUSER, PGPASSWORD or ~/.pgpass). WAL has to be archived already (postgres-archive-wal.sh).
# Any psql does; pg_basebackup would have to be of the server's version.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -eq 2 ] || usage 'DATA_FOLDER BACKUPS_FOLDER'
need psql 'install the PostgreSQL client (Debian: postgresql-client)'
need tar 'install GNU tar'
need sha256sum 'install the GNU coreutils'
DATA_FOLDER=$1
[ -f "$DATA_FOLDER/PG_VERSION" ] || fail "$DATA_FOLDER is no folder of PostgreSQL, or can't be read"
[ -d "$2" ] || fail "$2 is no folder"
[ -z "$(ls "$DATA_FOLDER/pg_tblspc")" ] || fail 'there are tablespaces of their own, which this script does not back up'

ask() {
  psql -X -q -A -t -v ON_ERROR_STOP=1 -d postgres -c "$1"
}
[ "$(ask 'SHOW archive_mode')" = on ] || fail 'archive_mode is off: without archived WAL a base backup can not be restored'

name="base-$(date -u +%Y%m%dT%H%M%SZ)"
BACKUP="$2/$name.partial"
mkdir "$BACKUP" || fail "$BACKUP is there already"
export DATA_FOLDER BACKUP

# One session from start to stop: where it ends before, PostgreSQL gives the backup up. Files change while they are read:
# that is what WAL repairs, and tar's exit code 1.
psql -X -q -A -t -v ON_ERROR_STOP=1 -d postgres > "$BACKUP/psql.log" << 'SQL' || fail "the backup failed, see $BACKUP/psql.log"
SELECT pg_backup_start('stakestream', fast => true);
\! tar -C "$DATA_FOLDER" --exclude='./pg_wal/*' --exclude='./pg_replslot/*' --exclude='./pg_dynshmem/*' --exclude='./pg_notify/*' --exclude='./pg_serial/*' --exclude='./pg_snapshots/*' --exclude='./pg_stat_tmp/*' --exclude='./pg_subtrans/*' --exclude='./postmaster.*' --exclude='pgsql_tmp*' --exclude='pg_internal.init' --warning=no-file-changed --warning=no-file-removed -czf "$BACKUP/base.tar.gz" . ; [ $? -le 1 ] && touch "$BACKUP/copied"
SELECT labelfile FROM pg_backup_stop(wait_for_archive => true) \gset
\setenv LABEL :labelfile
\! printf '%s' "$LABEL" > "$BACKUP/backup_label"
SQL
[ -f "$BACKUP/copied" ] || fail "the files could not be copied, see $BACKUP"
[ -s "$BACKUP/backup_label" ] || fail "PostgreSQL gave no label, see $BACKUP/psql.log"
rm "$BACKUP/copied" "$BACKUP/psql.log"
(cd "$BACKUP" && sha256sum base.tar.gz backup_label > SHA256SUMS)
sync "$BACKUP/base.tar.gz"
mv "$BACKUP" "$2/$name"
printf '%s\n' "$2/$name"
