# Sourced. A Docker engine of its own for the container test, on a machine without an init system. It has a network of
# its own, so that neither the machine's addresses nor its packet filter change.
#   start_engine FOLDER    exports DOCKER_HOST; where it does not come up says why, and the test is skipped
#   stop_engine            ends it, and removes what it mounted and its control groups

start_engine() {
  engine=$1
  mkdir -p "$engine"
  # A lower oom_score_adj needs CAP_SYS_RESOURCE, which root may lack.
  unshare --net --mount --propagation private sh -c 'ip link set lo up; exec dockerd "$@"' sh \
    --data-root "$engine/data" --exec-root "$engine/exec" --pidfile "$engine/pid" \
    --host "unix://$engine/socket" --oom-score-adjust=0 >"$engine/log" 2>&1 </dev/null &
  engine_pid=$!
  export DOCKER_HOST=unix://$engine/socket
  for _ in $(seq 300); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$engine_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo 'expected dockerd to come up, and it did not: the container test is skipped' >&2
  tail -5 "$engine/log" >&2
}

stop_engine() {
  [ -n "${engine_pid:-}" ] || return 0
  kill "$engine_pid" 2>/dev/null || true
  wait "$engine_pid" 2>/dev/null || true
  grep -oE " $engine/[^ ]+" /proc/self/mounts | sort -r | xargs -r -n1 umount -l || true
  find /sys/fs/cgroup -depth -type d -path '*/docker*' -exec rmdir {} + 2>/dev/null || true
}
