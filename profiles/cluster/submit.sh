#!/usr/bin/env bash
# Gives a job to the scheduler: submit.sh SCRIPT, which Snakemake has written. Prints its number.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/scheduler.sh"
mkdir -p "$STATE" logs/cluster
printf '%s\n' "$here" >"$STATE/commands"  # by which the next run cancels what a killed one left

# What the job asks for stands as JSON in the script's second line.
properties=$(python3 - "$1" <<'PYTHON'
import json, shlex, sys
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
job = next(json.loads(line.partition("=")[2]) for line in lines if line.startswith("# properties ="))
asked = job["resources"]
found = {
    "rule": job.get("rule") or "group", "log_of_rule": [*(job.get("log") or []), ""][0],
    "cpus": job["threads"], "mb": asked.get("mem_mb", 2000),
    "minutes": asked.get("runtime", 60), "gpus": asked.get("gpu", 0),
}
print(*(f"{key}={shlex.quote(str(value))}" for key, value in found.items()))
PYTHON
)
eval "$properties"

# A job says itself how it ended: schedulers forget it, each after another time. Nothing is said
# where it was killed, and then the queue no longer has it.
own=$(mktemp "$STATE/XXXXXXXXXX.sh")
base=${own%.sh}
script=$(realpath "$1")
{
  echo '#!/usr/bin/env bash'
  printf 'cd %q || exit\n' "$PWD"
  printf 'status=0\nbash %q || status=$?\n' "$script"
  printf 'echo $status >%q && mv %q %q\n' "$base.part" "$base.part" "$base.end"
  echo 'exit $status'
} >"$own"
chmod +x "$own"
name=coupled-vae-$rule
log=$PWD/logs/cluster/${base##*/}.log
number=$(submit "$PWD/$own")
if [ -z "$number" ]; then
  echo "error: $SCHEDULER gave no job number; see profiles/cluster/scheduler.sh" >&2
  exit 1
fi
printf '%s\n' "$base" "$log_of_rule" "$log" >"$STATE/$number.job"
rm -f "$STATE/queue"  # an answer from before this job
echo "$number"
