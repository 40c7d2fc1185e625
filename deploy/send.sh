#!/bin/sh
# Sends this commit's compose files and scripts to the server, and deploys IMAGES there.
#
# By environment: IMAGES (lines as deploy.sh reads them), DEPLOY_HOST (user@host), DEPLOY_KEY (the
# private key), DEPLOY_KNOWN_HOSTS (the server's line of known_hosts: nobody else is spoken to).
set -eu
cd "$(dirname "$0")/.."

: "${IMAGES:?}" "${DEPLOY_HOST:?}" "${DEPLOY_KEY:?}" "${DEPLOY_KNOWN_HOSTS:?}"
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%s\n' "$DEPLOY_KEY" >"$folder/key"
printf '%s\n' "$DEPLOY_KNOWN_HOSTS" >"$folder/known_hosts"

on_server() {
    ssh -i "$folder/key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
        -o "UserKnownHostsFile=$folder/known_hosts" "$DEPLOY_HOST" "$@"
}

release=/srv/homes/releases/$(git rev-parse HEAD)
# A file between them: of a pipe only the end is looked at.
git archive --output "$folder/sent.tar" HEAD \
    deploy docker-compose.yaml docker-compose.ab.yml examples monitoring
on_server "umask 022 && mkdir -p $release && tar -x -C $release" <"$folder/sent.tar"
printf '%s\n' "$IMAGES" | on_server "cat >$release/images"
on_server "$release/deploy/deploy.sh $release/images"
