#!/bin/sh
# Records what a kernel with cgroup v2 counts and logs of some ends: test/faults/record-v2.sh VM >v2-recorded.txt
# VM as for v2.sh. A line is `case|when|group|file|a line of that file`; the classifier's tests read them.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")

if [ "${1-}" != inside ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  gcc -O1 -static -o "$folder/fault" "$here/fault.c"
  cp "$here/record-v2.sh" "$folder"
  "$1" run "$folder" sh record-v2.sh inside | grep '|'
  exit
fi

fault=$PWD/fault
top=/sys/fs/cgroup
echo "|kernel|||$(uname -r)"

show() { # CASE WHEN: the files of the attempt's group, and of the one around it
  for group in around around/own; do
    for file in memory.events memory.events.local memory.max memory.oom.group memory.peak; do
      sed "s#^#$1|$2|$group|$file|#" "$top/$group/$file"
    done
    sed -n "/^anon \|^file \|^shmem /s#^#$1|$2|$group|memory.stat|#p" "$top/$group/memory.stat"
  done
}

in_group() { # GROUP command...: the command's process is in it from its first instruction
  group=$1
  shift
  sh -c 'echo $$ >"$0/cgroup.procs"; echo $$ >"/tmp/${0##*/}"; exec "$@"' "$top/$group" "$@" >/dev/null
}

# record CASE own-limit around-limit oom.group, then what happens
record() {
  name=$1
  mkdir "$top/around"
  echo +memory >"$top/around/cgroup.subtree_control"
  mkdir "$top/around/own" "$top/around/neighbour"
  echo "$2" >"$top/around/own/memory.max"
  echo "$3" >"$top/around/memory.max"
  echo "$4" >"$top/around/own/memory.oom.group"
  shift 4
  show "$name" before
  dmesg -c >/dev/null
  "$@" &
  main=$!
  code=0
  wait "$main" || code=$?
  echo "$name|pid|||$(cat /tmp/own)"
  echo "$name|code|||$code"
  show "$name" after
  dmesg | sed -n "s/^\[[^]]*\] //; /oom-kill:\|Killed process\|oom.group/s/^/$name|log|||/p"
  for each in own neighbour .; do
    for pid in $(cat "$top/around/$each/cgroup.procs"); do kill -9 "$pid"; done
  done
  sleep 0.5
  rmdir "$top/around/own" "$top/around/neighbour" "$top/around"
}

neighbour_grows() { # and the larger of the two is killed
  in_group around/own "$fault" stay "$1" &
  ours=$!
  sleep 1
  in_group around/neighbour "$fault" grow "$2" || true
  kill -9 "$ours" 2>/dev/null || true
  wait "$ours"
}

record own-limit 60M max 0 in_group around/own "$fault" grow 200
record around-limit max 100M 0 in_group around/own "$fault" grow 200
record child 60M max 0 in_group around/own "$fault" child 3
record whole-group 60M max 1 in_group around/own "$fault" child 3
record neighbour-kills-ours max 100M 0 neighbour_grows 70 60
record neighbour-is-killed max 100M 0 neighbour_grows 10 150
record kill-9 60M max 0 in_group around/own "$fault" kill 9
record page-cache 40M max 0 in_group around/own dd if=/dev/zero of=/tmp/file bs=1M count=20
