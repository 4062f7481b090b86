#!/bin/sh
# The fault suite's ends on a kernel with the memory controller of cgroup v2: test/faults/v2.sh VM
# VM is a program that runs a folder and a command as root of such a machine: `VM run FOLDER COMMAND`.
# Needs gcc and `npm run build`. Ends with 0 when every verdict is the expected one.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
root=$(readlink -f "$here/../..")

if [ "${1-}" != inside ]; then
  vm=$1
  folder=$(mktemp -d)
  state=$(mktemp -d)
  trap 'rm -rf "$folder" "$state"' EXIT
  mkdir -p "$folder/test/faults" "$folder/node_modules"
  cp -r "$root/bin" "$root/dist" "$root/package.json" "$folder"
  for each in commander @commander-js yoctocolors zod yaml; do
    cp -r "$root/node_modules/$each" "$folder/node_modules"
  done
  gcc -O1 -static -o "$folder/fault" "$here/fault.c"
  cp "$here/v2.sh" "$here/fault.js" "$folder/test/faults"
  # The machine keeps what it says beside what it is made of: of two at once each needs its own.
  made=${ENGINES_STATE:-${TMPDIR:-/tmp}/plimsoll-engines}
  "$vm" build
  [ ! -d "$made/vm" ] || cp -r "$made/vm" "$state"
  export ENGINES_STATE="$state"
  # In software a start of Node takes seconds; where much else runs, many.
  VM_TIMEOUT=${VM_TIMEOUT:-1500} "$vm" run "$folder" sh test/faults/v2.sh inside
  exit
fi

groups=/sys/fs/cgroup
fault=$root/fault
program="$root/test/faults/fault.js"
failed=0
longest=240 # seconds of a case, some ten on free cores: one that hangs is told, and the next begins
export XDG_STATE_HOME=/tmp/state
mkfifo /tmp/in
exec 9<>/tmp/in

# Once the program has said its word: what is to happen, with $pid, $own (its group) and $plimsoll
then_do() {
  rm -f /tmp/out
  (
    until grep -q '^[a-z]* [0-9]*$' /tmp/out 2>/dev/null; do sleep 0.2; done
    pid=$(sed -n 's/^[a-z]* \([0-9]*\)$/\1/p' /tmp/out | head -1)
    own=$groups$(sed 's/^0:://' "/proc/$pid/cgroup")
    plimsoll=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status")
    eval "$1"
  ) &
}

# expect CAUSE GRADE EXIT-CODE [words of plimsoll run]; in group $within, and with $shows in what was printed, if
# these are set
expect() {
  cause=$1 grade=$2 code=$3
  shift 3
  set +e
  sh -c '[ -z "$0" ] || echo $$ >"$0/cgroup.procs"; exec "$@"' "${within-}" \
    timeout "$longest" "$root/bin/plimsoll" run --verdict /tmp/verdict.json "$@" >/tmp/out 2>&1 <&9
  got_code=$?
  set -e
  got=$(sed -n 's/^ *"cause": *"\([^"]*\)",*$/\1/p; s/^ *"grade": *"\([^"]*\)",*$/\1/p' /tmp/verdict.json | head -2 | xargs)
  if [ "$got $got_code" = "$cause $grade $code" ] && grep -q -- "${shows-}" /tmp/out; then
    echo "ok    $got $got_code: $*"
  else
    failed=$((failed + 1))
    echo "FAIL  expected $cause $grade $code${shows:+ and \"$shows\"}, got $got $got_code: $*"
    cat /tmp/out
  fi
  rm -f /tmp/verdict.json
  shows=
}

# Its own limit
expect oom-own-limit proven 137 --memory 60M -- "$fault" grow 200
expect oom-own-limit proven 137 --memory 100M -- node "$program" grow 400
expect oom-own-limit proven 137 --memory 60M -- "$fault" share 200
expect oom-own-limit proven 137 --memory 1M -- "$fault" grow 2
expect oom-own-limit proven 137 --memory 60M -- dd if=/dev/zero of=/dev/shm/file bs=1M count=200
rm -f /dev/shm/file
expect oom-own-limit proven 137 --memory 110M -- "$fault" stop 70 60
then_do 'echo 40M >"$own/memory.max"'
expect oom-own-limit proven 137 --memory 300M -- "$fault" stay 80
then_do 'echo 300M >"$own/memory.max"; echo >&9'
expect completed proven 0 --memory 60M -- "$fault" hold 30 120

# The whole group at once (memory.oom.group)
whole='echo shell $$; sleep 2; "$0" grow 200; exit 0'
then_do 'echo 1 >"$own/memory.oom.group"'
shows='oom_group_kill of'
expect oom-own-limit proven 137 --memory 60M -- sh -c "$whole" "$fault"

# A descendant is killed
expect oom-child proven 0 --memory 60M -- "$fault" child 0
expect oom-child proven 1 --memory 60M -- "$fault" child 1
expect oom-child proven 137 --memory 60M -- sh -c '"$0" grow 200; exit $?' "$fault"
then_do 'kill -TERM "$plimsoll"'
expect oom-child proven 143 --memory 60M -- sh -c '"$0" grow 200; echo hangs $$; sleep 60' "$fault"
many='for i in 1 2 3 4 5 6 7 8; do "$0" hold 20 & done; wait; exit 0'
expect oom-child proven 0 --memory 100M -- sh -c "$many" "$fault"

# SIGKILL by somebody
then_do 'kill -9 "$pid"'
expect killed proven 137 --memory 200M -- "$fault" stay 10
then_do 'sleep 1; kill -9 "$pid"'
expect killed proven 137 --memory 100M -- "$fault" stay 95
expect killed proven 137 --memory 60M -- "$fault" child-then-kill 200

# Ours
then_do 'kill -TERM "$plimsoll"'
expect cancelled proven 143 -- "$fault" stay 1
expect timed-out proven 143 --timeout 2 -- "$fault" stay 1
then_do 'kill -TERM "$plimsoll"'
expect oom-own-limit proven 137 --memory 60M -- "$fault" deaf-then-grow 200

# The guard
expect oom-user-space proven 143 --memory 100M --on-pressure kill -- "$fault" stay 93
shows='guard: SIGUSR1 sent at 9[0-9.]* MiB of 100 MiB'
told='trap "exit 3" USR1; "$0" stay 93 & wait'
expect error proven 3 --memory 100M --on-pressure USR1 -- sh -c "$told" "$fault"
shows='"type":"memory-pressure"'
told='"$0" stay 93 & read -r line <&3; echo "$line"; exit 3'
expect error proven 3 --memory 100M --on-pressure fd:3 -- sh -c "$told" "$fault"

# The program itself says so
expect allocation-failed likely 1 -- "$fault" null
expect allocation-failed proven 134 -- node --max-old-space-size=40 "$program" heap 400
expect completed proven 0 -- sh -c 'echo "warning: out of memory, trying again"; exit 0'

# Other ends
expect crashed proven 139 -- "$fault" segv
expect crashed proven 134 -- "$fault" abort
for each in 1 2 9 137; do expect error proven "$each" --memory 60M -- "$fault" exit "$each"; done

# A limit around it: a group with processes has no children with controllers, so the next one out is taken
mkdir "$groups/outer"
echo +memory >"$groups/outer/cgroup.subtree_control"
echo 200M >"$groups/outer/memory.max"
mkdir "$groups/outer/leaf"
within=$groups/outer/leaf
expect oom-ancestor-limit proven 137 -- "$fault" grow 400
then_do 'sh -c "echo \$\$ >$within/cgroup.procs; exec $fault grow 95"' # with plimsoll beyond the limit, and the smaller of the two
expect oom-ancestor-limit proven 137 -- "$fault" stay 100
# many small processes, and plimsoll has more than each of them
then_do 'until grep -q killed /tmp/out; do sleep 0.2; done; kill -TERM "$plimsoll"'
many='echo many $$; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ("$0" stay 20 || echo killed) & done; wait'
expect oom-child proven 143 -- sh -c "$many" "$fault"
# but never past a limit
echo 150M >"$groups/outer/leaf/memory.max"
expect oom-ancestor-limit proven 137 -- "$fault" grow 400
within=

# What cannot be read
mount --bind /dev/null /dev/kmsg
expect oom-own-limit proven 137 --memory 60M -- "$fault" grow 200
expect oom-child proven 0 --memory 60M -- "$fault" child 0
then_do 'echo 1 >"$own/memory.oom.group"'
expect oom-own-limit proven 137 --memory 60M -- sh -c "$whole" "$fault"
expect killed proven 137 --memory 60M -- "$fault" kill 9
umount /dev/kmsg

for left in "$groups"/plimsoll-* "$groups"/outer/plimsoll-*; do
  [ ! -e "$left" ] || { echo "FAIL  left behind: $left" && failed=$((failed + 1)); }
done
echo "$failed failed"
[ "$failed" = 0 ]
