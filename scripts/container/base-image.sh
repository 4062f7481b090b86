#!/bin/sh
# Makes the two images that the Dockerfile begins with from this machine alone, for engines that reach no registry:
#
#   scripts/container/base-image.sh docker        (or podman, with what it needs: podman --root ...)
#
#   plimsoll-base:local    busybox, this machine's Node, and the libraries that it and the compiled packages are linked with
#   plimsoll-build:local   the same with npm and the packages of this checkout's node_modules
#
# Needs busybox linked statically (Debian: busybox-static), and node_modules (npm ci).
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -gt 0 ] || set -- docker
busybox=$(command -v busybox) || { echo 'expected busybox, found none. apt-get install busybox-static' >&2; exit 1; }
[ -d "$here/node_modules" ] || { echo "expected $here/node_modules, found none. Run npm ci first" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

mkdir -p "$root/bin" "$root/usr/bin" "$root/etc" "$root/proc" "$root/sys" "$root/dev"
mkdir -m 1777 "$root/tmp"
cp "$busybox" "$root/bin/busybox"
for name in $("$busybox" --list); do [ -e "$root/bin/$name" ] || ln -s busybox "$root/bin/$name"; done
ln -s /bin/busybox "$root/usr/bin/env"
node=$(command -v node)
cp -L "$node" "$root/usr/bin/node"
cpu=$(node -p process.arch)
ldd "$node" "$here"/node_modules/onnxruntime-node/bin/*/linux/"$cpu"/* \
  "$here/node_modules/better-sqlite3/build/Release/better_sqlite3.node" |
  sed -nE 's/^[[:space:]]*(.* => )?(\/[^ ]+) \(0x.*/\2/p' | grep -v node_modules | sort -u | while read -r library; do
  mkdir -p "$root${library%/*}"
  cp -L "$library" "$root$library"
done
printf 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/data:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\n' >"$root/etc/group"
tar -C "$root" -cf - . | "$@" import - plimsoll-base:local

# On top of it, what the build needs: npm, and of the packages those that run or build.
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
mkdir -p "$root/usr/lib/node_modules" "$root/plimsoll/node_modules"
cp -R "$npm" "$root/usr/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
cp -R "$here/node_modules/." "$root/plimsoll/node_modules"
rm -rf "$root/plimsoll/node_modules/onnxruntime-node/bin/napi-v6/darwin" \
  "$root/plimsoll/node_modules/onnxruntime-node/bin/napi-v6/win32"
tar -C "$root" -cf - . | "$@" import - plimsoll-build:local
