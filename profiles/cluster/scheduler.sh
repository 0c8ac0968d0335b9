# How the scheduler is spoken to. Edit the first block; the rest serves all of them.

SCHEDULER=${COUPLED_VAE_SCHEDULER:-slurm}   # slurm, pbs, lsf, sge or htcondor
OPTIONS=()                # further options of the submission: (--account=mine), (-q long), ...
PARALLEL=smp              # sge: the parallel environment that keeps a job on one node
LOOKS=3                   # answers in a row without a job before it is taken for lost
QUEUE_SECONDS=5           # one answer of the queue serves all questions of so many seconds
ANSWER_SECONDS=60         # a queue that has given no answer by then gives none

# Each scheduler has three functions.
#   submit SCRIPT  gives a script to the scheduler and prints the job's number; it reads
#                  $name, $log, $cpus, $mb (megabytes), $minutes and $gpus
#   queue          prints the numbers of the user's jobs that wait or run; it fails if the
#                  scheduler gives no answer
#   stop NUMBER..  cancels jobs

me=${USER:-$(id -un)}
case $SCHEDULER in
slurm)
  submit() {
    [ "$gpus" = 0 ] || OPTIONS+=(--gpus="$gpus")
    sbatch --parsable --no-requeue --job-name="$name" --output="$log" --cpus-per-task="$cpus" \
      --mem="$mb" --time="$minutes" "${OPTIONS[@]}" "$1" | cut -d ';' -f 1
  }
  queue() { squeue --noheader --user="$me" --format=%i; }
  stop() { scancel "$@"; }
  ;;
pbs)
  submit() {
    local select="select=1:ncpus=$cpus:mem=${mb}mb"
    [ "$gpus" = 0 ] || select+=":ngpus=$gpus"
    qsub -V -r n -N "$name" -j oe -o "$log" -l "$select" -l "walltime=$((minutes / 60)):$((minutes % 60)):00" \
      "${OPTIONS[@]}" "$1"
  }
  queue() { qselect -u "$me"; }
  stop() { qdel "$@"; }
  ;;
lsf)
  submit() {
    [ "$gpus" = 0 ] || OPTIONS+=(-gpu "num=$gpus")
    bsub -rn -J "$name" -o "$log" -n "$cpus" -R "span[hosts=1] rusage[mem=${mb}MB]" -W "$minutes" \
      "${OPTIONS[@]}" "$1" | sed -n 's/^Job <\([0-9]*\)>.*/\1/p'
  }
  queue() {  # LSF calls an empty queue an error
    local said
    said=$(bjobs -noheader -o jobid 2>&1) || [[ $said == *"No unfinished job"* ]] || return 1
    grep -x '[0-9]*' <<<"$said" || true
  }
  stop() { bkill "$@" >&2; }
  ;;
sge)
  submit() {
    [ "$gpus" = 0 ] || OPTIONS+=(-l "gpu=$gpus")
    qsub -terse -V -r n -b y -N "$name" -j y -o "$log" -pe "$PARALLEL" "$cpus" \
      -l "h_vmem=$((mb / cpus))M" -l "h_rt=$((minutes * 60))" "${OPTIONS[@]}" "$1"
  }
  queue() {
    local said
    said=$(qstat -u "$me") || return 1
    awk 'NR > 2 { print $1 }' <<<"$said"
  }
  stop() { qdel "$@" >&2; }
  ;;
htcondor)
  submit() {
    printf '%s\n' "executable=$1" "output=$log" "error=$log" "getenv=True" "batch_name=$name" \
      "request_cpus=$cpus" "request_memory=${mb}MB" "+MaxRuntime=$((minutes * 60))" \
      "periodic_remove=JobStatus == 5" "${OPTIONS[@]}" \
      "$([ "$gpus" = 0 ] || echo "request_gpus=$gpus")" queue >"$1.sub"
    condor_submit -terse "$1.sub" | sed -n '1s/[. ].*//p'
  }
  queue() { condor_q -submitter "$me" -format '%d\n' ClusterId; }
  stop() { condor_rm "$@" >&2; }
  ;;
*)
  echo "error: $0: SCHEDULER '$SCHEDULER' is unknown; choices are slurm, pbs, lsf, sge, htcondor" >&2
  exit 2
  ;;
esac

# What is known of the jobs of a run, below the folder in which it works. For a job NUMBER:
# NUMBER.job   the name of its files and its log, a line each
# NAME.sh      what the scheduler runs
# NAME.end     its exit status, once it has ended by itself
# NUMBER.gone  a line for each answer of the queue in which it was missing
STATE=.snakemake/cluster
