#!/bin/sh
# A deployment, one beside it, a broken one and the way back, on a machine where no production runs.
#
#   deploy/rehearse.sh IMAGES
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

fail() { printf 'rehearse: %s\n' "$*" >&2; exit 1; }
answers() { grep -q " $1;" "$HOMES_HOME/door/colour.conf" || fail "$1 is not what answers"; }
priced() {
    python3 "$here/check.py" priced http://127.0.0.1:7000 || fail "the router prices nothing"
    python3 "$here/check.py" priced http://127.0.0.1:6500 || fail "the page prices nothing"
}

if [ -n "$(docker ps --all --quiet --filter label=com.docker.compose.project=homes)" ]; then
    fail "a production runs on this machine; rehearse elsewhere"
fi
[ -z "$(docker volume ls --quiet --filter label=com.docker.compose.project=homes)" ] ||
    fail "a production's data is on this machine (docker volume ls); rehearse elsewhere"
# deploy.sh puts a link in its place.
[ ! -e "$here/../.env" ] || [ -L "$here/../.env" ] ||
    fail "the settings in .env of this checkout would be lost; rehearse in a clone of it"

HOMES_HOME=$(mktemp -d)
export HOMES_HOME
cp "$here/../.env.example" "$HOMES_HOME/.env"
"$here/deploy.sh" "$1"
answers blue && priced
"$here/deploy.sh" "$1"
answers green && priced

# An image that is no service: the page's, in place of the service's.
sed "s|^api .*|$(sed -n 's/^frontend /api /p' "$1")|" "$1" >"$HOMES_HOME/broken"
if HOMES_DEPLOY_PATIENCE_S=120 "$here/deploy.sh" "$HOMES_HOME/broken"; then
    fail "a broken image was deployed"
fi
answers green && priced

# Blue holds the broken image now: what was deployed before is deployed again.
"$here/deploy.sh" "$1"
answers blue && priced
"$here/deploy.sh" back
answers green && priced
echo "rehearse: deployed, returned from a broken image, and went back"
