#!/bin/sh
# Property-based requests from outside, made by Schemathesis from openapi/openapi.yaml, against the service and the LED
# simulator: no 5xx, no status, header, media type or member that is not documented, other methods refused as they should
# be. Says so and succeeds where there is no Schemathesis (pip install schemathesis); SCHEMATHESIS names another program.
set -eu
cd "$(dirname "$0")/../.."
program=${SCHEMATHESIS:-schemathesis}
if ! command -v "$program" >/dev/null 2>&1; then
  echo 'skipped: no Schemathesis here (pip install schemathesis); test/wire/contract.test.ts holds what fast-check finds'
  exit 0
fi
PATH=$PWD/node_modules/.bin:$PATH
work=$(mktemp -d)
mkfifo "$work/stop" "$work/url"
node test/contract/serve.ts <"$work/stop" >"$work/url" &
server=$!
exec 3>"$work/stop"
trap 'exec 3>&-; wait "$server" || true; rm -rf "$work"' EXIT
read -r url <"$work/url"
# Left out: that all data of the right form be accepted (an INSZ also has check digits), and what needs access tokens.
# The file in its own folder, so that no configuration and no database of examples stays behind here.
document=$PWD/openapi/openapi.yaml
code=0
(cd "$work" && "$program" --no-color run "$document" --url "$url" --phases examples,coverage,fuzzing --checks all \
  --exclude-checks positive_data_acceptance,ignored_auth --max-examples "${EXAMPLES:-60}" --workers 2 --seed "${SEED:-1}" \
  --suppress-health-check all) || code=$?
exec 3>&-
wait "$server" || { echo 'the service did not end in good order'; code=1; }
exit "$code"
