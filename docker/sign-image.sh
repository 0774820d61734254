#!/bin/sh
# Signs an image that is in a registry, and attaches its bill of materials and its provenance, signed too. Run it on the
# commit from which the image was built. It needs cosign, and only the network of the registry: nothing goes to a public
# transparency log.
#
#   COSIGN_KEY=cosign.key sh docker/sign-image.sh registry.example/led-eligibility@sha256:…
#
# COSIGN_PASSWORD is the password of the key. SOURCE is the address of the source (default: that of publiccode.yml).
set -eu
image=${1:?which image (name@sha256:…)?}
case $image in
  *@sha256:*) ;;
  *) echo 'Give the image by digest: a tag can move between the build and the signature.' >&2; exit 64 ;;
esac
: "${COSIGN_KEY:?}"
cd "$(dirname "$0")/.."
[ -z "$(git status --porcelain)" ] || { echo 'There are changes that are not committed: sign from the commit of the image.' >&2; exit 1; }
source=${SOURCE:-$(sed -n 's/^url: *"\{0,1\}\([^"]*\).*/\1/p' publiccode.yml)}
commit=$(git rev-parse HEAD)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
node docker/sbom.ts >"$folder/sbom.json"
cat >"$folder/provenance.json" <<EOF
{
  "buildDefinition": {
    "buildType": "$source/blob/$commit/docker/build-image.sh",
    "externalParameters": { "source": "$source", "commit": "$commit" },
    "resolvedDependencies": [ { "uri": "git+$source", "digest": { "gitCommit": "$commit" } } ]
  },
  "runDetails": { "builder": { "id": "$source/blob/$commit/docker/sign-image.sh" } }
}
EOF
cosign sign --key "$COSIGN_KEY" --tlog-upload=false --yes "$image"
cosign attest --key "$COSIGN_KEY" --tlog-upload=false --yes --type cyclonedx --predicate "$folder/sbom.json" "$image"
cosign attest --key "$COSIGN_KEY" --tlog-upload=false --yes --type slsaprovenance1 --predicate "$folder/provenance.json" "$image"
