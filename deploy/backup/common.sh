# What the scripts beside it share; sourced by them.

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 1
}

# need PROGRAM HOW_TO_GET_IT
need() {
  command -v "$1" > /dev/null 2>&1 || fail "there is no $1 on the PATH: $2"
}

usage() {
  printf 'usage: %s %s\n' "$(basename "$0")" "$1" >&2
  exit 2
}
