#!/usr/bin/env bash
# SLURM and munge from Debian's packages, where they are missing and this may be done.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"
packages=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge)
there=yes
for program in slurmctld slurmd munged munge sbatch squeue scancel srun; do
  command -v "$program" >/dev/null || there=no
done
[ "$there" = no ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "SLURM is not installed, and this is no Debian: install it, or its tests are skipped" >&2
  exit 0
fi
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo --non-interactive)
if ! "${as_root[@]}" true; then
  echo "SLURM is not installed, and only root may: its tests are skipped" >&2
  exit 0
fi
new=()
for daemon in slurmctld slurmd munge; do
  dpkg -s "$daemon" >/dev/null 2>&1 || new+=("$daemon")
done
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
# The tests start daemons of their own; what was not here before is not needed.
if [ -d /run/systemd/system ]; then
  "${as_root[@]}" systemctl disable --quiet --now "${new[@]}" || true
fi
