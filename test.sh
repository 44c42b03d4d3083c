#!/bin/bash
# Every check and every test, from a fresh Debian machine with Rust and a C compiler.
#
#   ./test.sh          install what is missing here (Debian packages as root or by sudo; cargo-deny and cargo-nextest from
#                      source, npm and PyPI packages, below the target directory: eight minutes on two cores, once), then
#                      check and test
#   ./test.sh --quick  install nothing, and leave out the other systems
#
# Where a package or root is missing, the tests that need it are skipped; with CI=true they fail, but for the command lines
# of clouds where this system has no package of them: that is said.
set -euo pipefail
cd "$(dirname "$0")"

packages=(
  chromium           # opens the pages of a sign-in
  curl               # another client of the service
  dash               # credentials as assignments
  dbus-bin           # dbus-send: who is on the bus
  dbus-daemon        # a session bus for the keyring tests
  dbus-tests         # dbus-test-tool: a keyring that never answers
  fish               # completions, and credentials as assignments
  git                # fetches over ssh
  gnome-keyring      # a Secret Service
  keyutils           # a session keyring of its own, for the kernel keyring tests
  kubernetes-client  # kubectl, the real one
  libfaketime        # moves the clock of a p0 under test
  libsecret-tools    # secret-tool: looks into the Secret Service
  mandoc             # lints the man pages
  nodejs             # runs an OpenID provider and the Firebase Auth emulator
  npm                # installs them
  openssh-client     # ssh, scp, ssh-keygen
  openssh-server     # machines to reach
  openssl            # certificates
  postgresql         # a database that takes a token for a password
  python3-venv       # runs moto, the AWS CLI and boto3
  rsync              # copies over ssh
  socat              # carries bytes for stand-ins of the clouds' tunnels
  sqlite3            # looks into the service's store
  xmlsec1            # verifies the service's assertions
  zsh                # completions, and credentials as assignments
)
declare -A clouds=(
  [az]=azure-cli            # takes our command lines
  [gcloud]=google-cloud-cli # the same; in Debian's own archive there is none
)
crates=(
  cargo-deny@0.20.2      # licences, sources and advisories of the dependencies
  cargo-nextest@0.9.151  # runs each test in a process of its own
)

target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
tools=$target/tools
log=$target/test.log
export PATH=$PATH:$tools/bin:/usr/sbin:/sbin

say() { printf '\n== %s\n' "$*" >&2; }

# Runs a step quietly; shows its output if it fails.
step() {
  local name=$1 begin=$SECONDS
  shift
  printf '== %-28s' "$name" >&2
  if "$@" >"$log" 2>&1; then
    printf 'ok, %d s\n' $((SECONDS - begin)) >&2
  else
    printf 'FAILED\n   %s\n\n' "$*" >&2
    cat "$log" >&2
    exit 1
  fi
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    # Node.js often comes from elsewhere, with npm in it; and so do Python and kubectl.
    case $package in
      kubernetes-client) ! command -v kubectl >/dev/null || continue ;;
      nodejs) ! command -v node >/dev/null || continue ;;
      npm) ! command -v npm >/dev/null || continue ;;
      python3-venv) ! python3 -c 'import ensurepip, venv' 2>/dev/null || continue ;;
    esac
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq &&
    as_root apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}

# The clouds' command lines, as far as this system has packages of them. Asked once: the lists are long.
install_clouds() {
  local program package offered=()
  as_root apt-get update -qq || return
  for program in "$@"; do
    package=${clouds[$program]}
    [[ -z $(apt-cache madison "$package") ]] || offered+=("$package")
  done
  [[ ${#offered[@]} -eq 0 ]] || install_packages "${offered[@]}" || return
  touch "$target/clouds-asked"
}

# Which of them are not here.
lacking_clouds() {
  local program
  for program in "${!clouds[@]}"; do command -v "$program" >/dev/null || echo "$program"; done
}

# Unoptimised: they are compiled in half the time, and quick enough.
install_tool() {
  CARGO_TARGET_DIR=$tools/build cargo install --locked --debug --quiet --root "$tools" "$1" &&
    rm -rf "$tools/build"
}

# An independent OpenID provider and the Firebase Auth emulator, as pinned in tests/node/. Their packages run no script.
install_node_modules() {
  rm -rf "$target/node" &&
    mkdir -p "$target/node" &&
    cp tests/node/package.json tests/node/package-lock.json "$target/node" &&
    npm ci --prefix "$target/node" --ignore-scripts --no-audit --no-fund &&
    cp tests/node/package-lock.json "$target/node/installed"
}

# AWS as moto plays it, and its clients, as pinned in tests/python/.
install_python_packages() {
  rm -rf "$target/python" &&
    python3 -m venv "$target/python" &&
    "$target/python/bin/pip" install --quiet --disable-pip-version-check --requirement tests/python/requirements.txt &&
    cp tests/python/requirements.txt "$target/python/installed"
}

# The database of advisories comes from elsewhere; not to reach that is no fault of the code.
advisories() {
  cargo deny --locked check advisories && return
  grep -q 'failed to fetch advisory database' "$log" && echo 'unreachable' >"$target/advisories"
}

usage() {
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
  exit 64
}

quick=
case ${1-} in
  '') ;;
  --quick) quick=1 ;;
  *) usage ;;
esac
[[ $# -le 1 ]] || usage
mkdir -p "$target"

mapfile -t missing < <(missing_packages)
if [[ ${#missing[@]} -gt 0 && -z $quick ]]; then
  if [[ $EUID -eq 0 ]] || command -v sudo >/dev/null; then
    step "${#missing[@]} Debian packages" install_packages "${missing[@]}"
    missing=()
  fi
fi
mapfile -t lacking < <(lacking_clouds)
if [[ ${#lacking[@]} -gt 0 && -z $quick ]]; then
  if [[ ! -e $target/clouds-asked ]] && { [[ $EUID -eq 0 ]] || command -v sudo >/dev/null; }; then
    step "the clouds' command lines" install_clouds "${lacking[@]}"
    mapfile -t lacking < <(lacking_clouds)
  fi
fi
# Tests know by this that nobody can be blamed.
[[ ! -e $target/clouds-asked ]] || export P0_TEST_WITHOUT="${lacking[*]}"
[[ ${#lacking[@]} -eq 0 ]] || say "Not here, so the tests against the real ones are skipped: ${lacking[*]}"
for tool in "${crates[@]}"; do
  if ! command -v "${tool%@*}" >/dev/null; then
    [[ -z $quick ]] || { say "${tool%@*} is missing: run ./test.sh once without --quick."; exit 1; }
    step "${tool%@*} (takes minutes)" install_tool "$tool"
  fi
done
if [[ -z $quick ]] && command -v npm >/dev/null && ! cmp -s tests/node/package-lock.json "$target/node/installed"; then
  step 'npm packages' install_node_modules
fi
if [[ -z $quick ]] && ! cmp -s tests/python/requirements.txt "$target/python/installed"; then
  step 'PyPI packages' install_python_packages
fi
[[ -e $target/python/installed ]] || say 'The PyPI packages are not installed, so the tests that need them are skipped.'
[[ -e $target/node/installed ]] || say 'The npm packages are not installed, so the tests that need them are skipped.'
[[ ${#missing[@]} -eq 0 ]] || say "Not installed, so the tests that need them are skipped: ${missing[*]}"
[[ $EUID -eq 0 ]] || say 'Not root, so the tests that need a file system of their own are skipped.'

step 'format' cargo fmt --all --check
step 'lints' cargo clippy --locked --workspace --all-targets -- -D warnings
step 'lints without the service' cargo clippy --locked --package p0 --no-default-features -- -D warnings
if [[ -z $quick ]]; then
  step 'lints for Windows and macOS' .ci/other-systems
  ! grep '^Skipped' "$log" >&2
fi
step 'documentation' env RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps
step 'dependencies' cargo deny --locked check bans licenses sources
rm -f "$target/advisories"
step 'advisories' advisories
[[ ! -e $target/advisories ]] || say 'The database of advisories cannot be reached: they were not checked.'
step 'build' cargo test --locked --workspace --no-run
step 'examples in documentation' cargo test --locked --workspace --doc
say 'tests'
profile=default
[[ ${CI-} != true ]] || profile=ci
cargo nextest run --locked --workspace --profile "$profile"
