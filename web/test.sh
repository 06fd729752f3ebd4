#!/usr/bin/env bash
# Tries the playground that web/build.sh made in a real browser. Ends with 75 where there is none.
set -euo pipefail
cd "$(dirname "$0")"
export PLAYGROUND=${PLAYGROUND:-$PWD/../target/web} CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$CHROMIUM" ] && ! (apt-get install -y -qq chromium >/dev/null 2>&1 && [ -x "$CHROMIUM" ]); then
    echo "web/test.sh: skipped, there is no $CHROMIUM (apt-get install chromium, or CHROMIUM=its path)" >&2
    exit 75
fi
npm run --silent check
npm test
