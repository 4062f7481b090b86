#!/bin/sh
# The fault suite's ends on a kernel with the memory controller of cgroup v2: test/faults/v2.sh VM
# VM is a program that runs a folder and a command as root of such a machine: `VM run FOLDER COMMAND`.
# Needs gcc and `npm run build`. Ends with 0 when every verdict is the expected one.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
root=$here/../..

if [ "${1-}" != inside ]; then
  vm=$1
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  mkdir -p "$folder/test/faults" "$folder/node_modules"
  cp -r "$root/bin" "$root/dist" "$root/package.json" "$folder"
  for each in commander @commander-js yoctocolors zod yaml; do
    cp -r "$root/node_modules/$each" "$folder/node_modules"
  done
  gcc -O1 -static -o "$folder/fault" "$here/fault.c"
  cp "$here/v2.sh" "$folder/test/faults"
  "$vm" run "$folder" sh test/faults/v2.sh inside
  exit
fi

groups=/sys/fs/cgroup
fault=$root/fault
failed=0
export XDG_STATE_HOME=/tmp/state

# Once the program of that name has said its word: SIGNAL to it, or a limit for its group (`limit 80M`)
then_do() {
  rm -f /tmp/out
  (
    until grep -q '^[a-z]* [0-9]*$' /tmp/out 2>/dev/null; do sleep 0.2; done
    pid=$(sed -n 's/^[a-z]* //p' /tmp/out | head -1)
    own=$groups$(sed 's/^0:://' "/proc/$pid/cgroup")
    case $1 in
      limit) echo "$2" >"$own/memory.max" ;;
      whole-group) echo 1 >"$own/memory.oom.group" ;;
      *) sleep 0.5 && kill -"$1" "$pid" ;;
    esac
  ) &
}

# expect CAUSE GRADE EXIT-CODE [words of plimsoll run]; in group $within, if that is set
expect() {
  cause=$1 grade=$2 code=$3
  shift 3
  set +e
  sh -c '[ -z "$0" ] || echo $$ >"$0/cgroup.procs"; exec "$@"' "${within-}" \
    "$root/bin/plimsoll" run --verdict /tmp/verdict.json "$@" >/tmp/out 2>&1
  got_code=$?
  set -e
  got=$(node -p 'const v = JSON.parse(require("fs").readFileSync("/tmp/verdict.json")); `${v.cause} ${v.grade}`')
  if [ "$got $got_code" = "$cause $grade $code" ]; then
    echo "ok    $got $got_code"
  else
    failed=$((failed + 1))
    echo "FAIL  expected $cause $grade $code, got $got $got_code: $*"
    cat /tmp/out
  fi
}

expect oom-own-limit proven 137 --memory 60M -- "$fault" grow 200
expect oom-own-limit proven 137 --memory 60M -- "$fault" share 200
expect oom-child proven 0 --memory 60M -- sh -c "$fault grow 200; exit 0"
expect oom-child proven 137 --memory 60M -- sh -c "$fault grow 200; exit \$?"
expect killed proven 137 --memory 60M -- "$fault" kill 9
expect killed proven 137 --memory 60M -- "$fault" child-then-kill 200
expect timed-out proven 143 --timeout 2 -- "$fault" stay 1
expect crashed proven 139 -- "$fault" segv
expect allocation-failed likely 1 -- "$fault" null
expect error proven 137 --memory 60M -- "$fault" exit 137

expect oom-own-limit proven 137 --memory 60M -- dd if=/dev/zero of=/dev/shm/file bs=1M count=200
rm -f /dev/shm/file
expect oom-own-limit proven 137 --memory 110M -- "$fault" stop 70 60
expect completed proven 0 --memory 40M -- sh -c 'dd if=/dev/zero bs=1M count=100 | cat >/dev/null'
then_do KILL
expect killed proven 137 --memory 100M -- "$fault" stay 90
then_do limit 40M
expect oom-own-limit proven 137 --memory 300M -- "$fault" stay 80
then_do whole-group
expect oom-own-limit proven 137 --memory 60M -- sh -c "echo shell \$\$; sleep 2; $fault grow 200; exit 0"

# A limit around it: a group with processes has no children with controllers, so the next one out is taken
mkdir "$groups/outer"
echo +memory >"$groups/outer/cgroup.subtree_control"
echo 200M >"$groups/outer/memory.max"
mkdir "$groups/outer/leaf"
within=$groups/outer/leaf
expect oom-ancestor-limit proven 137 -- "$fault" grow 400
# but never past a limit
echo 150M >"$groups/outer/leaf/memory.max"
expect oom-ancestor-limit proven 137 -- "$fault" grow 400

within=
for left in "$groups"/plimsoll-* "$groups"/outer/plimsoll-*; do
  [ ! -e "$left" ] || { echo "FAIL  left behind: $left" && failed=$((failed + 1)); }
done
echo "$failed failed"
[ "$failed" = 0 ]
