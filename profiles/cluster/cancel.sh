#!/usr/bin/env bash
# Cancels jobs: cancel.sh NUMBER... as Snakemake calls it; cancel.sh --all cancels whatever a run
# has left, waits until the queue has none of it, and forgets it.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/scheduler.sh"
WAIT_SECONDS=120
if [ "${1:-}" != --all ]; then
  stop "$@"
  exit
fi

# Numbers of this run's jobs that the queue still has.
left() {
  local numbers file base
  numbers=$(queue) || return 1
  for file in "$STATE"/*.job; do
    [ -e "$file" ] && read -r base <"$file" || continue
    file=${file##*/}
    [ -e "$base.end" ] || grep -xF -- "${file%.job}" <<<"$numbers"
  done
  return 0
}

# Whether all jobs have said how they ended, so that the scheduler need not be asked.
all_ended() {
  local file base
  for file in "$STATE"/*.job; do
    [ -e "$file" ] && read -r base <"$file" && [ ! -e "$base.end" ] && return 1
  done
  return 0
}

all_ended && rm -rf "$STATE" && exit
give_up=$((SECONDS + WAIT_SECONDS))
while numbers=$(left) && [ -n "$numbers" ]; do
  if [ "$SECONDS" -ge "$give_up" ]; then
    echo "$SCHEDULER does not stop its jobs $(tr '\n' ' ' <<<"$numbers")" >&2
    exit 1
  fi
  stop $numbers 2>/dev/null
  sleep 1
done || true
left >/dev/null || { echo "$SCHEDULER gives no answer" >&2; exit 1; }
rm -rf "$STATE"
