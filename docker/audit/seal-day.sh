#!/bin/sh
# Checks and seals one closed day of audit lines. Run it once a day, on a machine that those who operate the service cannot
# reach, as a user who may read the archive and nothing else of the service. RUNBOOK.md says how to arrange that.
#
#   seal-day.sh DAY        DAY: yyyy-mm-dd; the lines of the day are in $ARCHIVE/DAY/*.log
#
# ARCHIVE      folder with a folder for each day          SEALS       folder of the seals, DAY.seal
# SIGNER_KEYS  public keys of the service (PEM, JWK set)  SEAL_KEY    private key that seals (PEM, PKCS#8)
# SEAL_PUBLIC  public keys of seals                       SEAL_COPY   folder where a copy of each seal goes, elsewhere
# METRICS      file for the textfile collector of node_exporter (optional)
# LED_ELIGIBILITY  the command (default: led-eligibility)
#
# Exit code 0: the day is sound, and sealed. Any other: it is not, and the metric says so.
set -u
day=${1:?which day (yyyy-mm-dd)?}
command=${LED_ELIGIBILITY:-led-eligibility}
: "${ARCHIVE:?}" "${SEALS:?}" "${SIGNER_KEYS:?}" "${SEAL_KEY:?}" "${SEAL_PUBLIC:?}" "${SEAL_COPY:?}"

# Tells Prometheus when a day was last sealed, and whether the last run failed.
report() {
  if [ -n "${METRICS:-}" ]; then
    sealed=$(sed -n 's/^led_audit_seal_last_success_timestamp_seconds //p' "$METRICS" 2>/dev/null)
    [ "$1" -eq 0 ] && sealed=$(date +%s)
    {
      echo "led_audit_seal_failed $1"
      echo "led_audit_seal_last_success_timestamp_seconds ${sealed:-0}"
    } > "$METRICS.new" && mv "$METRICS.new" "$METRICS"
  fi
}

fail() {
  echo "seal-day: $day: $1" >&2
  report 1
  exit 1
}

[ -e "$SEALS/$day.seal" ] && fail 'the day is sealed already'
ls "$ARCHIVE/$day"/*.log > /dev/null 2>&1 || fail 'there are no audit lines of this day'
# The names of the seals are days, so the last one before this day is the one to follow.
before=$(ls "$SEALS" | grep '\.seal$' | awk -v day="$day.seal" '$0 < day' | tail -n 1)
later=$(ls "$SEALS" | grep '\.seal$' | awk -v day="$day.seal" '$0 > day' | tail -n 1)
[ -n "$later" ] && fail "a later day is sealed already ($later): days are sealed in order"

set --
[ -n "$before" ] && set -- --previous "$SEALS/$before" --seal-key "$SEAL_PUBLIC"
$command audit verify --key "$SIGNER_KEYS" "$@" "$ARCHIVE/$day"/*.log || fail 'the lines are not sound'
$command audit seal --key "$SEAL_KEY" "$@" "$ARCHIVE/$day"/*.log > "$SEALS/$day.new" 2> /dev/null || fail 'the day was not sealed'
$command audit verify --seal "$SEALS/$day.new" ${before:+--previous "$SEALS/$before"} --seal-key "$SEAL_PUBLIC" \
  "$ARCHIVE/$day"/*.log > /dev/null || fail 'the seal does not fit the lines'
cp "$SEALS/$day.new" "$SEAL_COPY/$day.seal" || fail 'the copy of the seal was not stored'
mv "$SEALS/$day.new" "$SEALS/$day.seal"
report 0
