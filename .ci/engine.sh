# Sourced. A Docker engine and a Podman of their own for the container test, on a machine without an init system. Each
# has a network of its own, so that neither the machine's addresses nor its packet filter change.
#   start_engine FOLDER    exports DOCKER_HOST; where it does not come up says why, and the test is skipped
#   stop_engine            ends it, and removes what it mounted and its control groups
#   start_podman FOLDER    no daemon: settings, and a command podman before the machine's own in PATH
#   stop_podman            removes its containers, what it mounted and its control groups

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

start_podman() {
  command -v podman >/dev/null || return 0
  podman=$1
  mkdir -p "$podman/bin"
  unshare --net sh -c 'ip link set lo up; exec sleep infinity' &
  podman_network=$!
  printf '#!/bin/sh\nexec nsenter --net=/proc/%s/ns/net %s "$@"\n' "$podman_network" "$(command -v podman)" \
    >"$podman/bin/podman"
  chmod +x "$podman/bin/podman"
  # Hard limits cannot be raised without CAP_SYS_RESOURCE. crun refuses a machine that has both versions of cgroups.
  cat >"$podman/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=16384:16384"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "$podman/tmp"
[network]
network_backend = "netavark"
network_config_dir = "$podman/networks"
CONF
  cat >"$podman/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$podman/data"
runroot = "$podman/run"
CONF
  export CONTAINERS_CONF=$podman/containers.conf CONTAINERS_STORAGE_CONF=$podman/storage.conf PATH=$podman/bin:$PATH
  # Without systemd nobody runs a health check by the clock, of which Podman else complains at each start.
  export DISABLE_HC_SYSTEMD=true
}

stop_podman() {
  [ -n "${podman_network:-}" ] || return 0
  podman rm --all --force --time 0 >/dev/null 2>&1 || true
  kill "$podman_network" 2>/dev/null || true
  grep -oE " $podman/[^ ]+" /proc/self/mounts | sort -r | xargs -r -n1 umount -l || true
  find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} + 2>/dev/null || true
}
