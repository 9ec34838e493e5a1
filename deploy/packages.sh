# The Debian packages bekci is built and tested with, and how a script gets them. Sourced by deploy/run and tests/run,
# so that the lists exist once. Nothing is downloaded, and apt is not even started, when all of them are installed.
# shellcheck shell=bash disable=SC2034

# What build/bekci is made with.
bekci_build_packages=(
  g++ cmake ninja-build ccache pkg-config
  prometheus-cpp-dev libsystemd-dev protobuf-compiler libprotobuf-dev
  libdeflate-dev libzstd-dev libspdlog-dev libfmt-dev libyaml-cpp-dev nlohmann-json3-dev libre2-dev libssl-dev libcrypt-dev
  libmariadb-dev libhiredis-dev libcurl4-openssl-dev
)

# What tests/run uses on top: unit tests, style checks, sanitizers and fuzzing, the real peers, load.
bekci_test_packages=(
  doctest-dev zlib1g-dev python3 python3-pytest python3-yaml
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev llvm-14 lld
  prometheus prometheus-node-exporter wrk curl openssl
  php8.2-fpm php8.2-opcache php8.2-apcu nginx-light
  mariadb-server mariadb-client prometheus-mysqld-exporter
  redis-server redis-sentinel prometheus-redis-exporter
  prometheus-alertmanager python3-aiosmtpd
)

# bekci_missing PACKAGE...: prints those that are not installed.
bekci_missing() {
  local installed
  # dpkg-query fails when it does not know one of them; its answer about the others is still good.
  installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    sed -n 's/ installed$//p') || true
  local package
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# bekci_install PACKAGE...: installs what is missing, saying so first. Services that come with a package (prometheus, nginx)
# are kept from starting: Debian asks /usr/sbin/policy-rc.d, which answers 101, "not allowed", while apt runs.
bekci_install() {
  local missing=() as_root=()
  mapfile -t missing < <(bekci_missing "$@")
  ((${#missing[@]})) || return 0
  echo "Installing Debian packages: ${missing[*]}"
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "This needs root: run as root, or install sudo, or install these packages yourself." >&2
      return 2
    fi
    as_root=(sudo)
  fi
  (
    set -e
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
      trap '"${as_root[@]}" rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
      "${as_root[@]}" chmod 755 "$policy"
    fi
    apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    "${as_root[@]}" "${apt[@]}" update
    "${as_root[@]}" "${apt[@]}" install --no-install-recommends "${missing[@]}"
  ) || {
    echo "apt-get could not install all of: ${missing[*]}" >&2
    return 2
  }
  bekci_keep_stopped "${missing[@]}"
}

# bekci_keep_stopped PACKAGE...: the peers are wanted as programs, not as services that start at the next boot.
bekci_keep_stopped() {
  local package unit
  for package in "$@"; do
    case $package in
      prometheus* | redis-* | php*-fpm) unit=$package ;;
      mariadb-server) unit=mariadb ;;
      nginx-*) unit=nginx ;;
      *) continue ;;
    esac
    if [[ -e /lib/systemd/system/$unit.service ]] && command -v systemctl >/dev/null; then
      if ((EUID == 0)); then systemctl --quiet disable "$unit.service"; else sudo systemctl --quiet disable "$unit.service"; fi ||
        echo "note: $unit.service is enabled and will start at the next boot" >&2
    fi
  done
}
