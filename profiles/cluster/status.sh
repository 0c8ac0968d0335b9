#!/usr/bin/env bash
# Says how a job fares: status.sh NUMBER prints running, success or failed. It never fails itself,
# for Snakemake would end the whole run.
set -uo pipefail
scheduler=$(dirname "${BASH_SOURCE[0]}")/scheduler.sh
source "$scheduler"
number=$1
{ read -r base && read -r log && read -r own_log; } <"$STATE/$number.job" || { echo failed; exit; }

# The last line of the job's log that begins so is what the run tells of it.
failed() {
  if [ -n "$log" ] && { [ "$2" = lost ] || ! grep -q '^error: ' "$log" 2>/dev/null; }; then
    echo "error: $1 (see $own_log)" >>"$log"
  fi
  echo failed
  exit
}

# The numbers in the queue; asked anew after a while. Fails if the scheduler does not answer.
queue_now() {
  local age
  age=$(($(date +%s) - $(stat -c %Y "$STATE/queue" 2>/dev/null || echo 0)))
  if [ "$age" -ge "$QUEUE_SECONDS" ] || [ "$age" -lt 0 ]; then
    # In a shell of its own, which can be ended: a scheduler that hangs gives no answer.
    timeout "$ANSWER_SECONDS" bash -c 'source "$1" && queue' queue "$scheduler" \
      >"$STATE/queue.part" 2>/dev/null || return 1
    mv "$STATE/queue.part" "$STATE/queue"
  fi
}

ended() {
  [ -e "$base.end" ] || return 0
  status=$(<"$base.end")
  [ "$status" = 0 ] && echo success && exit
  failed "it ended with status $status, perhaps for its memory or its time" ended
}

ended
if queue_now && ! grep -qxF -- "$number" "$STATE/queue"; then
  echo >>"$STATE/$number.gone"
  if [ "$(wc -l <"$STATE/$number.gone")" -ge "$LOOKS" ]; then
    ended
    failed "the cluster ended it: cancelled, over its time or memory, or its node was lost" lost
  fi
else
  rm -f "$STATE/$number.gone"
fi
echo running
