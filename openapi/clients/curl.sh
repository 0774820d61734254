#!/bin/sh
# Asks about one person, with curl: INSZ on standard input, the answer on standard output.
#   URL=http://localhost:8080 TOKEN=… HANDLER=handler-17 sh curl.sh < insz
# Exit status 0: decided; 22: a problem, whose JSON is on standard output; 28: no answer in time.
# --retry waits the seconds of Retry-After on 429 and 503 (and asks again on 408, 500, 502, 504). The INSZ goes through
# pipes, never through arguments: those are there for every process to read.
set -eu
read -r insz
{
  printf '{"insz":"%s","caseHandler":{"id":"%s"}}' "$insz" "${HANDLER:-handler-17}"
} | curl --silent --show-error --fail-with-body --max-time 40 --retry 2 \
  --header 'Content-Type: application/json' --header 'Accept-Language: en' \
  ${TOKEN:+--header "Authorization: Bearer $TOKEN"} \
  --data-binary @- "${URL:-http://localhost:8080}/eligibility"
