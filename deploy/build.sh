#!/bin/sh
# Builds every image of this commit and pushes it by digest alone, with its SBOM and provenance.
#
#   deploy/build.sh ghcr.io/OWNER/NAME >images     a line for each: its name, and what to pull
set -eu
cd "$(dirname "$0")/.."

registry=$1
# By themselves: within a command's arguments nobody sees that they fail.
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' src/homeprices/__init__.py)
commit=$(git rev-parse HEAD)
folder=$(mktemp -d)
trap 'rm -rf "$folder"; docker buildx rm homes-images >/dev/null 2>&1 || true' EXIT
# Attestations need a builder of their own.
docker buildx create --name homes-images --driver docker-container >&2

for name in api airflow mlflow router frontend; do
    docker buildx build . --builder homes-images --target "$name" \
        --build-arg "VERSION=$version" --build-arg "COMMIT=$commit" \
        --provenance mode=max --sbom true --metadata-file "$folder/$name.json" \
        --output "type=image,name=$registry/homes-$name,push-by-digest=true,name-canonical=true,push=true" >&2
    digest=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' "$folder/$name.json")
    [ -n "$digest" ] || { echo "build: no digest of $name is known" >&2; exit 1; }
    printf '%s %s/homes-%s@%s\n' "$name" "$registry" "$name" "$digest"
done
