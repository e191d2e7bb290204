#!/bin/bash
# run.sh [SUITE]...: runs these suites in virtual machines, by default all of them, one after the other.
# See README.md in this directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
suites=()
for suite; do suites+=("test/vm/$suite.test.ts"); done
[ ${#suites[@]} -gt 0 ] || suites=(test/vm/*.test.ts)
[ -e dist/program.cjs ] || npm run build
# Node.js reads the file in this variable at each start.
unset NODE_EXTRA_CA_CERTS
exec npx --no-install mocha --no-config --forbid-only --extension ts --node-option import=tsx --timeout 3600000 "${suites[@]}"
