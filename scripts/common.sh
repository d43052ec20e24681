# Sourced by quickstart and test: how they install, report and fail.
# shellcheck shell=bash

SQA_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SQA_LLVM_MAJOR=$(cut -d. -f1 <"$SQA_ROOT/cmake/llvm-version.txt")
SQA_LOGS=$SQA_ROOT/build/logs
SQA_VENV=$SQA_ROOT/build/venv
SQA_JOBS=${SQA_JOBS:-$(nproc)}
SQA_START=$SECONDS

# What the build needs, as Debian packages.
SQA_PACKAGES_RUNTIME=(cmake ninja-build "clang-$SQA_LLVM_MAJOR" "lld-$SQA_LLVM_MAJOR"
  libflatbuffers-dev flatbuffers-compiler python3 python3-venv ca-certificates)
SQA_PACKAGES_COMPILER=("libmlir-$SQA_LLVM_MAJOR-dev" "mlir-$SQA_LLVM_MAJOR-tools"
  "llvm-$SQA_LLVM_MAJOR-dev" "llvm-$SQA_LLVM_MAJOR-tools" libzstd-dev zlib1g-dev)
SQA_PACKAGES_TEST=(libgtest-dev "libclang-rt-$SQA_LLVM_MAJOR-dev" ccache git binutils)

say() { printf '%s\n' "$*"; }
elapsed() { printf '%d:%02d' $(((SECONDS - SQA_START) / 60)) $(((SECONDS - SQA_START) % 60)); }
die() { say "error: $*" >&2; exit 1; }

# step NAME TITLE COMMAND...: runs the command with its output in a log, prints
# a line when it starts, a sign of life every 20 s and the time when it ends. On
# failure prints the end of the log and returns the command's status.
step() {
  local name=$1 title=$2 log=$SQA_LOGS/$1.log start=$SECONDS pid status=0 shown=$SECONDS
  shift 2
  mkdir -p "$SQA_LOGS"
  printf '[%s] %s\n' "$(elapsed)" "$title"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - shown >= 20)); then
      shown=$SECONDS
      printf '[%s]   %s\n' "$(elapsed)" "$(tail -n 1 "$log" | tr '\r' '\n' | tail -n 1 | cut -c1-100)"
    fi
  done
  wait "$pid" || status=$?
  if ((status == 0)); then
    printf '[%s] %s: done in %d s\n' "$(elapsed)" "$title" $((SECONDS - start))
  else
    printf '[%s] %s: FAILED (status %d). The end of %s:\n' "$(elapsed)" "$title" "$status" "${log#"$SQA_ROOT"/}"
    tail -n 60 "$log"
  fi
  return "$status"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages PACKAGE...: those of the packages that are missing.
install_packages() {
  local missing=() package
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    check_tools_without_apt
    return
  fi
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    say "[$(elapsed)] Debian packages: all ${#} are installed"
    return
  fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "these Debian packages are missing and neither root nor sudo is at hand: ${missing[*]}"
  fi
  step apt-update "Debian packages: update the lists" as_root apt-get update -q || return 1
  step apt-install "Debian packages: install ${#missing[@]}" \
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# A machine without apt: say what it must provide, and stop unless it does.
check_tools_without_apt() {
  local missing=() tool
  for tool in cmake ninja "clang-$SQA_LLVM_MAJOR" "clang++-$SQA_LLVM_MAJOR" ld.lld flatc python3; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  ((${#missing[@]} == 0)) && return
  cat >&2 <<EOF
error: this machine has no apt-get; it must provide:
  cmake >= 3.23, ninja, python3 >= 3.9 with venv
  clang-$SQA_LLVM_MAJOR, clang++-$SQA_LLVM_MAJOR and ld.lld (LLVM $SQA_LLVM_MAJOR)
  LLVM and MLIR $SQA_LLVM_MAJOR development files with the shared libMLIR and libLLVM
    (pass -DMLIR_DIR=<prefix>/lib/cmake/mlir to cmake where they are elsewhere)
  lit, FileCheck, not and split-file of the same LLVM
  FlatBuffers (flatc and headers), zlib, zstd; GoogleTest for the tests
not found on the PATH: ${missing[*]}
EOF
  exit 1
}

# The Python of the tests and examples: NumPy and safetensors, nothing else.
make_venv() {
  if ! "$SQA_VENV/bin/python" -c 'import numpy, safetensors' 2>/dev/null; then
    step venv "Python: NumPy and safetensors in build/venv" bash -c \
      "python3 -m venv '$SQA_VENV' && '$SQA_VENV/bin/pip' install --quiet numpy safetensors"
  fi
}
