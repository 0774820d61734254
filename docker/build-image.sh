#!/bin/sh
# Builds the image of the service from the commit that is checked out. Two builds of one commit, from the same bases, have
# one digest: every file has the time of the commit. Options go to the engine:
#
#   sh docker/build-image.sh --tag registry.example/led-eligibility:X.Y.Z \
#     --build-arg BUILD_BASE=node:24-bookworm-slim@sha256:… --build-arg RUN_BASE=…@sha256:…
set -eu
cd "$(dirname "$0")/.."
time=$(git log -1 --format=%ct)
commit=$(git rev-parse HEAD)
[ -z "$(git status --porcelain)" ] || { echo 'There are changes that are not committed: commit them first.' >&2; exit 1; }
for base in BUILD_BASE RUN_BASE; do
  case "$* " in
    *"$base="*@sha256:*) ;;
    *) echo "warning: $base is a tag and not a digest. A later build can have another base." >&2 ;;
  esac
done
if command -v podman >/dev/null; then
  exec podman build --timestamp "$time" --format oci --target service --build-arg COMMIT="$commit" "$@" .
fi
exec docker buildx build --build-arg SOURCE_DATE_EPOCH="$time" --output type=image,rewrite-timestamp=true \
  --provenance=false --target service --build-arg COMMIT="$commit" "$@" .
