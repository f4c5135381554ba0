#!/usr/bin/env bash
# Real servers for tests, one recipe for developers and CI: `scripts/servers.sh COMMAND…` starts them, runs the command
# with their addresses in the environment, and stops them when it ends. Without a command it prints the addresses and
# waits for Ctrl-C. Their data is under target/servers; ports are free ones.
#
#   PAYMENTS_TEST_STORE  postgres://user:password@host:port/database
#   PAYMENTS_TEST_REDIS  redis://host:port
set -euo pipefail
cd "$(dirname "$0")/.."

servers=${CARGO_TARGET_DIR:-$PWD/target}/servers
postgres_bin=/usr/lib/postgresql/15/bin

fail() { echo "servers: $1" >&2; exit 1; }

# Installs a Debian package that holds a program, when the program is missing.
need() {
    local program=$1 package=$2
    command -v "$program" >/dev/null && return
    ((EUID == 0)) || fail "$program is missing; install it with: sudo apt-get install $package"
    [[ -n "${updated:-}" ]] || { apt-get update -qq && updated=yes; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        fail "$package cannot be installed; see the lines above"
    command -v "$program" >/dev/null || fail "$package was installed, and there is no $program"
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
    local port
    for port in $(shuf -i 20000-29999 -n 50); do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    fail "no free port"
}

start_postgres() {
    need "$postgres_bin/initdb" postgresql-15
    local port data=$servers/postgres password
    port=$(free_port)
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    mkdir -p "$data"
    chmod 700 "$data"
    if ((EUID == 0)); then chown postgres "$data"; fi
    (umask 077 && echo "$password" >"$servers/password")
    if ((EUID == 0)); then chown postgres "$servers/password"; fi
    as_postgres "$postgres_bin/initdb" --pgdata "$data" --username payments --auth scram-sha-256 --encoding UTF8 \
        --locale C.UTF-8 --pwfile "$servers/password" >"$servers/postgres.log" 2>&1 ||
        fail "initdb failed: $(tail -3 "$servers/postgres.log")"
    as_postgres "$postgres_bin/pg_ctl" --pgdata "$data" --log "$data/log" --wait --timeout 60 start \
        --options "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200" >/dev/null ||
        fail "PostgreSQL does not start: $(tail -3 "$data/log")"
    export PAYMENTS_TEST_STORE=postgres://payments:$password@127.0.0.1:$port/postgres
}

stop_postgres() {
    [[ -f "$servers/postgres/postmaster.pid" ]] || return 0
    as_postgres "$postgres_bin/pg_ctl" --pgdata "$servers/postgres" --mode immediate --wait stop >/dev/null || true
}

start_redis() {
    need redis-server redis-server
    local port
    port=$(free_port)
    redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$servers" --daemonize yes \
        --pidfile "$servers/redis.pid" --logfile "$servers/redis.log" >/dev/null || fail "Redis does not start"
    export PAYMENTS_TEST_REDIS=redis://127.0.0.1:$port
}

stop_redis() {
    [[ -f "$servers/redis.pid" ]] && kill "$(cat "$servers/redis.pid")" 2>/dev/null || true
}

# A server is a pair of functions above and one line in each of these two.
stop_all() {
    stop_postgres
    stop_redis
    rm -rf "$servers"
}

start_all() {
    start_postgres
    start_redis
}

# What an earlier run was killed over.
stop_all
mkdir -p "$servers"
chmod 711 "$servers"
if ((EUID == 0)) && id postgres >/dev/null 2>&1 && ! as_postgres test -x "$servers"; then
    # The checkout lies where only root may look.
    rm -rf "$servers"
    servers=$(mktemp -d)
    chmod 711 "$servers"
fi
trap stop_all EXIT
trap 'exit 130' INT TERM
start_all
if (($#)); then
    "$@"
else
    echo "PAYMENTS_TEST_STORE=$PAYMENTS_TEST_STORE"
    echo "PAYMENTS_TEST_REDIS=$PAYMENTS_TEST_REDIS"
    echo "Ctrl-C stops the servers"
    sleep infinity
fi
