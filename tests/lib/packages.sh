# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
#
# packages.sh - the Debian packages that building and testing need, and how they get onto a machine.
# Sourced by tests/run and examples/quickstart/run; the one place where packages are named.

# To build and install.
PACKAGES_BUILD=(gcc libc6-dev cmake ninja-build pkg-config
  libcurl4-openssl-dev libssl-dev libjson-c-dev libffi-dev libnghttp2-dev libprotobuf-c-dev
  protobuf-c-compiler libmsgpack-dev libpcre2-dev)

# To run against the simulator.
PACKAGES_SIMULATOR=(libmicrohttpd-dev curl ca-certificates)

# To run the tests.
PACKAGES_TEST=(libcmocka-dev python3 python3-venv binutils g++ git openssl clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14
  cppcheck shellcheck valgrind zsh)

# packages_install PACKAGE...: installs those that are missing. Silent, and without a request, where none is.
packages_install() {
  local package missing=() as_root=()
  for package in "$@"; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true) in
      *' installed') ;;
      *) missing+=("$package") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]}. Only Debian and its kin are installed by this script: install the like of them by hand." >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Missing: ${missing[*]}. Run, as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing: ${missing[*]}"
  local log status=0
  log=$(mktemp)
  # With package lists that are absent or old the first try fails: then they are fetched.
  packages_apt install "${missing[@]}" >"$log" 2>&1 ||
    { packages_apt update && packages_apt install "${missing[@]}"; } >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 30 "$log" >&2
    echo "apt-get could not install: ${missing[*]}" >&2
  fi
  rm -f "$log"
  return "$status"
}

# packages_apt COMMAND...: apt-get without questions, as root; waits for another one that is running.
packages_apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
    --no-install-recommends "$@" </dev/null
}
