#!/bin/sh
# Keeps a finished file of PostgreSQL's write-ahead log. PostgreSQL calls it and tries again until it succeeds:
#   archive_mode = on
#   archive_timeout = 60        # a quiet database archives once a minute, and so loses a minute at the most
#   archive_command = '/opt/stakestream/deploy/backup/postgres-archive-wal.sh "%p" "%f" /mnt/wal'
# The archive must lie on other disks than the database, best in another place.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -eq 3 ] || usage 'FILE NAME ARCHIVE_FOLDER'
kept="$3/$2"

[ -d "$3" ] || fail "$3 is no folder: mount the archive"
if [ -e "$kept" ]; then
  # Called again for a file that was kept: PostgreSQL had not heard of it.
  cmp -s "$1" "$kept" && exit 0
  fail "$kept is there with other contents: two databases must not share an archive"
fi
# Under its own name only once it is whole and on disk.
cp "$1" "$kept.partial"
sync "$kept.partial"
mv "$kept.partial" "$kept"
