#!/usr/bin/env bash
# Sets up the reference implementation (PyTorch + transformers + peft) that benchmarks and interop
# tests compare with: Debian's python3-torch and OpenBLAS, the rest in a virtual environment here
# or at PLIMSOLL_REFERENCE_VENV. Safe to run again: what is there already is left as it is.
# For Debian 12; root only where a Debian package is missing. Nothing of the system is redirected:
# bench/reference/python puts OpenBLAS for OpenMP on its own library path.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${PLIMSOLL_REFERENCE_VENV:-$here/venv}
packages=(python3 python3-venv python3-torch python3-numpy libopenblas0-openmp)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "expected these Debian packages: ${missing[*]}. Run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 "${missing[@]}" >/dev/null
fi

# The stamp is written last, so a set-up that was broken off is done again.
wanted=$(sha256sum <"$here/requirements.txt")
if [ "$(cat "$venv/.requirements" 2>/dev/null || true)" != "$wanted" ]; then
  # Not just `python3`: Debian's torch is for Debian's Python, and another may come first in PATH.
  /usr/bin/python3 -m venv --clear --system-site-packages "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt"
  printf '%s\n' "$wanted" >"$venv/.requirements"
fi

PLIMSOLL_REFERENCE_VENV=$venv "$here/python" "$here/versions.py"
