#!/usr/bin/env bash
# npm writes a lock that its own `npm ci` refuses, when one package asks for another by
# the tag "latest" and the project asks for the same one by an older range.
#
# Seen with npm 10.8.2, 11.6.0 and 11.19.1 on Node.js 20.20, 2026-11-29:
# @paulirish/trace_engine 0.0.59 (a part of Lighthouse 12.8.2) depends on
# third-party-web "latest". Beside third-party-web ^0.27.0, `npm install` puts 0.27.0
# into the lock for both and says nothing. `npm ci` then wants the newest version for the
# tag and ends with "Missing: third-party-web@… from lock file". So a project with
# Lighthouse 12.8.2 cannot be installed from its lock.
#
# What helps: "overrides" that give the tag a version.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm() { npx --yes npm@11.6.0 "$@"; }

project() {
  echo "{\"name\":\"a\",\"private\":true,\"dependencies\":{\"@paulirish/trace_engine\":\"0.0.59\",\"third-party-web\":\"^0.27.0\"}$1}" >package.json
  rm -rf package-lock.json node_modules
  npm install --package-lock-only --no-audit --no-fund >/dev/null
}

project ''
if npm ci --ignore-scripts --no-audit --no-fund >out 2>&1; then
  echo "changed: npm ci takes the lock"
  exit 1
fi
grep -o 'Missing: third-party-web@.* from lock file' out

project ',"overrides":{"@paulirish/trace_engine":{"third-party-web":"0.27.0"}}'
npm ci --ignore-scripts --no-audit --no-fund | grep -o 'added .* packages'
echo "as seen: without overrides npm ci refuses what npm install wrote"
