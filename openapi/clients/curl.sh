#!/bin/sh
# Asks about one person, with curl: INSZ on standard input, the answer on standard output.
#   URL=http://localhost:8080 TOKEN=… HANDLER=u-4711 KEEP=folder sh curl.sh < insz
# HANDLER is the id of the case handler who asks. TOKEN is the access token, if the installation requires one.
# Exit status 0: a decision. 22: a problem, with its JSON (or the page of a
# gateway) on standard output. 64: INSZ or HANDLER is missing. Any other: there is no answer, by the exit
# statuses of curl (28: none in time).
# On 429, 503 and 504 it waits as long as Retry-After says (5 s where it does not, 10 s at most), and asks again, three
# times in all. Into the folder KEEP, if it is set, it writes what to keep with the file: the decision as received
# (body.json) and its receipt (receipt.txt), in the place of those that are there. Without a receipt it writes neither.
# INSZ and token never become arguments of a program, because every process can read those.
set -eu
umask 077

# Says what is missing, and ends.
missing() {
  printf 'curl.sh: %s\n' "$1" >&2
  exit 64
}

[ -n "${HANDLER:-}" ] || missing 'set HANDLER to the id of the case handler who asks, such as HANDLER=u-4711'
insz=
# The last line may have no line feed.
read -r insz || [ -n "$insz" ] || missing 'give the INSZ on standard input'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
printf '{"insz":"%s","caseHandler":{"id":"%s"}}' "$insz" "$HANDLER" >"$work/request"
{
  printf 'Content-Type: application/json\nAccept-Language: en\n'
  [ -z "${TOKEN:-}" ] || printf 'Authorization: Bearer %s\n' "$TOKEN"
} >"$work/headers"

# The last value of a header, whose name must be given in lower case.
header() {
  tr -d '\r' <"$work/answer-headers" | awk -v name="$1" 'tolower($1) == name ":" { value = $2 } END { print value }'
}

attempt=1
while :; do
  status=$(curl --silent --show-error --max-time 12 --header @"$work/headers" --data-binary @"$work/request" \
    --output "$work/body" --dump-header "$work/answer-headers" --write-out '%{http_code}' \
    "${URL:-http://localhost:8080}/eligibility")
  case $status in 429 | 503 | 504) ;; *) break ;; esac
  pause=$(header retry-after)
  pause=${pause:-5}
  # A date, or a long wait: leave it to the caller.
  case $pause in *[!0-9]* | ???*) break ;; esac
  if [ "$pause" -gt 10 ] || [ "$attempt" -ge 3 ]; then break; fi
  sleep "$pause"
  attempt=$((attempt + 1))
done

cat "$work/body"
case $status:$(header content-type) in 200:application/json*) ;; *) exit 22 ;; esac
if [ -n "${KEEP:-}" ]; then
  receipt=$(header decision-receipt)
  if [ -n "$receipt" ]; then
    mkdir -p "$KEEP"
    cp "$work/body" "$KEEP/body.json"
    printf '%s' "$receipt" >"$KEEP/receipt.txt"
  else
    printf 'curl.sh: nothing kept: this installation makes no receipts\n' >&2
  fi
fi
