#!/bin/sh
# Lays a base backup into an empty folder and tells PostgreSQL to replay the archived WAL: up to MOMENT (such as
# '2026-11-28 10:15:00+00'), or all of it. Then start the server over the folder: it replays, and ends recovery by itself.
# The sinks go on from the positions that lie in the restored tables, so what was lost after the moment comes from Kafka.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 3 ] && [ $# -le 4 ] || usage 'BACKUP DATA_FOLDER ARCHIVE_FOLDER [MOMENT]'
need tar 'install GNU tar'
need sha256sum 'install the GNU coreutils'
[ -f "$1/base.tar.gz" ] || fail "$1 is no backup"
[ -d "$3" ] || fail "$3 is no folder: mount the archive"
if [ -d "$2" ] && [ -n "$(ls -A "$2")" ]; then
  fail "$2 is not empty: move what is left of the old database away first, it may be needed"
fi
(cd "$1" && sha256sum --check --quiet SHA256SUMS) || fail "$1 is damaged: take another backup"
archive=$(cd "$3" && pwd)
case "$archive${4:-}" in *\'* | *\"*) fail 'the folder and the moment must be without quotes' ;; esac

mkdir -p "$2"
chmod 700 "$2"
tar -C "$2" -xzpf "$1/base.tar.gz"
cp "$1/backup_label" "$2/backup_label"
{
  printf "\n# Written by postgres-restore.sh.\n"
  printf "restore_command = 'cp \"%s/%%f\" \"%%p\"'\n" "$archive"
  printf "recovery_target_action = 'promote'\n"
  [ $# -eq 3 ] || printf "recovery_target_time = '%s'\n" "$4"
} >> "$2/postgresql.auto.conf"
touch "$2/recovery.signal"
# The owner of the folder is PostgreSQL's user; root lays files for it.
if [ "$(id -u)" -eq 0 ]; then chown -R --reference="$2/PG_VERSION" "$2"; fi
printf 'start PostgreSQL over %s now\n' "$2"
