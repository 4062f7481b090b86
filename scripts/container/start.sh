#!/bin/sh
# Process 1 of the container. It passes the engine's signal on to plimsoll, and buries processes whose parents
# have ended, which nobody else does in a container: a shell that waits takes any child that has ended.
plimsoll "$@" &
service=$!
trap 'kill -TERM "$service" 2>/dev/null' TERM INT
while :; do
  wait "$service"
  code=$?
  # A signal ends the wait, not the service.
  [ -d "/proc/$service" ] || exit "$code"
done
