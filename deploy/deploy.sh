#!/bin/sh
# Brings a release to this server beside the one that answers, and switches when it prices a home.
#
#   deploy/deploy.sh IMAGES    the release of a file with a line for each image: api NAME@sha256:...
#   deploy/deploy.sh back      the release that answered before: its images and its compose files
#   deploy/deploy.sh tidy      ends the colour that answered before, once nothing waits in its spools
#   deploy/deploy.sh homes backup /backups/monday.backup     any command, where it sees the live spools
#
# Needs Docker with compose 2.24.4 or newer, and flock. HOMES_HOME (/srv/homes) holds .env and what is live.
# Whatever fails leaves visitors where they were; docs/how-to/deploy.md tells it in order.
set -eu
# Prometheus and the door read what is written here, as nobody.
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
top=$(dirname "$here")
HOMES_HOME=$(CDPATH='' cd -- "${HOMES_HOME:-/srv/homes}" && pwd -P)
export HOMES_HOME
# Who leans on a colour meets services as visitors do, by the door; a colour's own ask each other.
export HOMES_PRODUCTION_URL=http://door:6001 HOMES_CANDIDATE_URL=http://door:6002
patience_s=${HOMES_DEPLOY_PATIENCE_S:-300}
images='api airflow mlflow router frontend'
services='production production-standby candidate router frontend'

say() { printf 'deploy: %s\n' "$*"; }
fail() { printf 'deploy: %s\n' "$*" >&2; exit 1; }
other() { case $1 in blue) echo green ;; *) echo blue ;; esac; }

# The folder of the release that a colour is of: its images go with its compose files, also on the way
# back. A colour of before this was remembered goes with ours.
release_of() { readlink -e "$HOMES_HOME/$1" || printf '%s\n' "$top"; }

# What both colours lean on, of one colour's release.
base() {
    tag=$1
    folder=$(release_of "$1")
    shift
    HOMES_IMAGE_TAG=$tag docker compose --project-directory "$folder" -p homes \
        -f "$folder/docker-compose.yaml" "$@"
}

# What visitors meet, of one colour.
front() {
    colour=$1
    folder=$(release_of "$1")
    shift
    HOMES_COLOUR=$colour HOMES_IMAGE_TAG=$colour docker compose --project-directory "$folder" \
        -p "homes-$colour" -f "$folder/docker-compose.yaml" -f "$folder/docker-compose.ab.yml" \
        -f "$folder/deploy/docker-compose.colour.yml" "$@"
}

door() { docker compose --env-file "$HOMES_HOME/.env" -f "$here/docker-compose.door.yml" "$@"; }

# Each image by its digest, under the name and tag that the compose files ask for.
fetch() {
    for name in $images; do
        image=$(sed -n "s/^$name //p" "$1")
        printf '%s\n' "$image" | grep -Eqx '[^[:space:]@]+@sha256:[0-9a-f]{64}' ||
            fail "$1 names no digest for $name: '$image'; nothing was changed"
    done
    for name in $images; do
        image=$(sed -n "s/^$name //p" "$1")
        docker pull --quiet "$image" || fail "$image cannot be fetched; nothing was changed"
    done
    # From here on the colour is no more what could be gone back to.
    rm -f "$HOMES_HOME/$2.images"
    for name in $images; do
        docker tag "$(sed -n "s/^$name //p" "$1")" "homes-$name:$2"
    done
    ln -sfn "$top" "$HOMES_HOME/$2"
}

# A colour's services, unseen by visitors, until one home is priced. A home is asked for from where the
# operator's key is, which a closed service wants.
start() {
    # shellcheck disable=SC2086 # a list of words
    front "$1" up --detach --no-build --wait --wait-timeout "$patience_s" $services &&
        front "$1" exec -T production python - priced "http://page-$1:6500" <"$here/check.py"
}

# What is live is what the door's file says and nothing else: it changes in one moment.
live_colour() {
    [ ! -f "$HOMES_HOME/door/colour.conf" ] ||
        sed -n 's/.* default \(blue\|green\);.*/\1/p' "$HOMES_HOME/door/colour.conf"
}

reload_door() { door exec -T door nginx -s reload; }

# A file and a reload: who is being answered is answered, who comes next meets the colour. Chained,
# for within `if` and `||` nothing else stops it at what fails.
send_visitors_to() {
    # shellcheck disable=SC2016 # a variable of nginx
    mkdir -p "$HOMES_HOME/door" &&
        cp "$here/door.conf" "$HOMES_HOME/door/door.conf" &&
        printf 'map "" $colour { default %s; }\n' "$1" >"$HOMES_HOME/door/colour.part" &&
        mv "$HOMES_HOME/door/colour.part" "$HOMES_HOME/door/colour.conf" &&
        door up --detach --wait --wait-timeout 60 && reload_door && is_priced_at_the_door "$1"
}

# The door itself says which colour it asked.
is_priced_at_the_door() {
    for _ in 1 2 3 4 5; do
        front "$1" exec -T production python - priced http://door:7000 "$1" <"$here/check.py" && return
        sleep 1
    done
    return 1
}

is_drained() {
    for at in production:6001 production-standby:6001 candidate:6002; do
        front "$1" exec -T "${at%:*}" python - drained "http://127.0.0.1:${at#*:}" \
            <"$here/check.py" || return 1
    done
}

watch() {
    folder=$(release_of "$1")
    shift
    docker compose --env-file "$HOMES_HOME/.env" \
        -f "$folder/monitoring/docker-compose.monitoring.yml" "$@"
}

# Prometheus asks the services of these colours; it looks at the file by itself.
watch_over() {
    mkdir -p "$HOMES_HOME/targets" &&
        for colour in "$@"; do
            sed "s/COLOUR/$colour/g" "$here/targets.yml" || return 1
        done >"$HOMES_HOME/targets/services.part" &&
        mv "$HOMES_HOME/targets/services.part" "$HOMES_HOME/targets/services.yml"
}

# Rather keep a colour than leave what it acknowledged in a spool that nobody empties.
put_away() { # OLD LIVE
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        # Each worker tells of its spool once a second.
        sleep 2
        if is_drained "$1"; then
            watch_over "$2" || say "Prometheus cannot be told that $1 is stopped"
            front "$1" stop || say "$1 does not stop; later: deploy/deploy.sh tidy"
            return
        fi
    done
    say "$1 runs on: what it acknowledged is not all in PostgreSQL; later: deploy/deploy.sh tidy"
}

# The last few stay, and those that a colour is of.
sweep() {
    touch "$top"
    # shellcheck disable=SC2012 # they are named by commits
    ls -1dt "$HOMES_HOME"/releases/*/ 2>/dev/null | tail -n +6 | while read -r folder; do
        [ "$folder" -ef "$HOMES_HOME/blue" ] || [ "$folder" -ef "$HOMES_HOME/green" ] ||
            rm -rf "$folder"
    done
}

give_up() { # NEW OLD WHY
    say "$3"
    front "$1" logs --tail 40 || true
    front "$1" stop || true
    fail "visitors are answered as before, by ${2:-nobody}"
}

# A colour that is up takes over; what fails on the way is undone.
take_over() { # NEW OLD
    if ! send_visitors_to "$1"; then
        [ -z "$2" ] || send_visitors_to "$2" || say "the door does not lead back to $2; look there"
        give_up "$1" "$2" "$1 prices no home at the door"
    fi
    if [ -n "$2" ] && ! base "$1" up --detach --no-build; then
        send_visitors_to "$2" || say "the door does not lead back to $2; look there"
        base "$2" up --detach --no-build || say "Airflow and MLflow are not what they were"
        give_up "$1" "$2" "Airflow and MLflow of $1 do not start"
    fi
    say "$1 answers"
    # shellcheck disable=SC2015,SC2086 # either may fail; no colour is no word
    watch_over "$1" $2 && watch "$1" up --detach ||
        say "nobody watches $1: Prometheus does not start; what is in its way stands above"
    [ -z "$2" ] || put_away "$2" "$1"
}

release() {
    fetch "$1" "$new"
    if [ -z "$live" ]; then
        base "$new" up --detach --no-build || fail "PostgreSQL and the first model do not start"
    else
        # Also those that a release before had no volume for.
        base "$new" run --rm secrets || fail "no secrets can be kept; visitors are answered as before"
        base "$new" run --rm --no-deps migrate || fail "the migrations fail; visitors are answered as before"
    fi
    start "$new" || give_up "$new" "$live" "$new does not get well"
    take_over "$new" "$live"
    # Only what has answered visitors is gone back to.
    cp "$1" "$HOMES_HOME/$new.images"
    sweep
}

back() {
    [ -n "$live" ] && [ -f "$HOMES_HOME/$new.images" ] || fail "no release was here before"
    start "$new" || give_up "$new" "$live" "$new does not get well"
    take_over "$new" "$live"
}

[ $# = 1 ] || [ "${1:-}" = homes ] || fail "give the file of images, or: back, tidy, homes COMMAND"
[ -f "$HOMES_HOME/.env" ] || fail "$HOMES_HOME/.env is missing; cp .env.example and fill it in"
! grep -q '^HOMES_TLS_CERTIFICATE=.' "$HOMES_HOME/.env" ||
    fail "TLS ends in front of the door: take HOMES_TLS_CERTIFICATE out of $HOMES_HOME/.env"
for name in HOMES_FILES_DIR HOMES_POLICY_FILE HOMES_BACKUPS_DIR; do
    value=$(sed -nE "s/^[[:space:]]*(export +)?${name}[[:space:]]*=[[:space:]]*[\"']?//p" "$HOMES_HOME/.env" |
        tail -n 1)
    case $name$value in
    HOMES_BACKUPS_DIR)
        # Backups outlive releases. Who writes them is account 10001.
        export HOMES_BACKUPS_DIR="$HOMES_HOME/backups"
        [ -d "$HOMES_BACKUPS_DIR" ] || mkdir -m 1777 "$HOMES_BACKUPS_DIR"
        ;;
    "$name" | "$name"/*) ;;
    *) fail "$name=$value is another place in each release: give one that begins with / in $HOMES_HOME/.env" ;;
    esac
done
exec 9>"$HOMES_HOME/lock"
flock --nonblock 9 || fail "another deployment is under way"
# No copy: what is changed there is changed everywhere, and a secret that was taken away is nowhere.
[ "$top" = "$HOMES_HOME" ] || ln -sf "$HOMES_HOME/.env" "$top/.env"
live=$(live_colour)
new=$(other "$live")
# Whoever was interrupted may have written the file and told nobody.
[ -z "$live" ] || { door up --detach --no-recreate --wait --wait-timeout 60 && reload_door; } ||
    fail "the door cannot be told of $live; nothing was changed"
case $1 in
back) back ;;
tidy) put_away "$new" "$live" ;;
homes)
    shift
    [ -n "$live" ] || fail "no release is here yet"
    front "$live" run --rm --no-deps -T airflow-scheduler "$@"
    ;;
*) release "$1" ;;
esac
