#!/bin/sh
# Asks about one person, with curl: INSZ on standard input, the answer on standard output.
#   URL=http://localhost:8080 TOKEN=… HANDLER=handler-17 sh curl.sh < insz
# Exit status 0: a decision. 22: a problem, with its JSON on standard output. 28: no answer in time.
# On 429 and 503, --retry waits as long as Retry-After says; it also asks again on 408, 500, 502 and 504. The INSZ goes
# through pipes and never through arguments, because every process can read those.
set -eu
read -r insz
{
  printf '{"insz":"%s","caseHandler":{"id":"%s"}}' "$insz" "${HANDLER:-handler-17}"
} | curl --silent --show-error --fail-with-body --max-time 40 --retry 2 \
  --header 'Content-Type: application/json' --header 'Accept-Language: en' \
  ${TOKEN:+--header "Authorization: Bearer $TOKEN"} \
  --data-binary @- "${URL:-http://localhost:8080}/eligibility"
