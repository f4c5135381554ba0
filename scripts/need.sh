# For the scripts that need a Debian package: source it, and define `fail`, which says a sentence and ends the script.

# Installs a package unless the command that needs it works.
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 && return
    ((EUID == 0)) || fail "$package is missing; install it with: sudo apt-get install $package"
    [[ -n "${updated:-}" ]] || { apt-get update -qq && updated=yes; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        fail "$package cannot be installed; see the lines above"
    "$@" >/dev/null 2>&1 || fail "$package was installed, and this does not work: $*"
}

# True when somebody listens on this port of this machine.
listens() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
