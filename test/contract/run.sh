#!/bin/sh
# Schemathesis makes random requests from openapi/openapi.yaml and sends them to the service, with the LED simulator
# behind it. It checks that there is no 5xx and no undocumented status, header, media type or member, and that other
# methods are refused. Without Schemathesis (pip install schemathesis) this prints a message and succeeds. SCHEMATHESIS
# may name another program.
set -eu
cd "$(dirname "$0")/../.."
program=${SCHEMATHESIS:-schemathesis}
if ! command -v "$program" >/dev/null 2>&1; then
  echo 'skipped: Schemathesis is not installed (pip install schemathesis); test/wire/contract.test.ts does the same with fast-check'
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
# Two checks are left out: that the service accepts all data of the right form (an INSZ also has check digits), and the
# check that needs access tokens. One worker, because Python’s own parser can fail in two threads at once. Schemathesis runs in the temporary folder, so that it leaves no files here.
document=$PWD/openapi/openapi.yaml
code=0
(cd "$work" && "$program" --no-color run "$document" --url "$url" --phases examples,coverage,fuzzing --checks all \
  --exclude-checks positive_data_acceptance,ignored_auth --max-examples "${EXAMPLES:-60}" --workers 1 --seed "${SEED:-1}" \
  --suppress-health-check all) || code=$?
exec 3>&-
wait "$server" || { echo 'the service did not end with exit code 0'; code=1; }
exit "$code"
