#!/bin/sh
# Takes out of the build folder what the service does not need: packages of development, other platforms'
# binaries of ONNX Runtime, what better-sqlite3 was compiled from. 350 MiB of it.
set -eu
npm prune --omit=dev --ignore-scripts --no-audit --no-fund
cpu=$(node -p process.arch)
find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/linux/$cpu" -exec rm -rf {} +
rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src node_modules/better-sqlite3/build/Release/obj
rm -rf src web scripts/bundle-run.ts scripts/bundle-serve.ts tsconfig.json tsconfig.build.json package-lock.json .npmrc
find dist -name '*.d.ts' -o -name '*.map' | xargs rm -f
