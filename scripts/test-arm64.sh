#!/usr/bin/env bash
# Compiles the native library and its tests for 64-bit Arm and runs them in an emulator: the NEON kernels on any
# machine. Takes no arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly cmake_dir=artifacts/cmake/arm64

missing=()
command -v aarch64-linux-gnu-g++ >/dev/null || missing+=(g++-aarch64-linux-gnu)
command -v qemu-aarch64 >/dev/null || missing+=(qemu-user)
# GoogleTest is built from here, because it is there for this machine's processor only.
[[ -f /usr/src/googletest/CMakeLists.txt ]] || missing+=(googletest)
if (( ${#missing[@]} )); then
    install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if (( EUID != 0 )) || ! command -v apt-get >/dev/null; then
        echo "missing: ${missing[*]}; please run: sudo ${install[*]}" >&2
        exit 1
    fi
    apt-get -q -o DPkg::Lock::Timeout=300 update
    DEBIAN_FRONTEND=noninteractive "${install[@]}" -q -o DPkg::Lock::Timeout=300
fi

cmake --preset arm64
cmake --build "$cmake_dir"
# What takes long in an emulator, measures time, or starts itself outside of the emulator is left out.
GTEST_FILTER='-*DeathTest*:Stress.*:*VggWorkspace*:*/EngineBits*:*/Winograd*vgg*:SleepingThreads.*:*/Parity.digest*' \
    ctest --test-dir "$cmake_dir" --output-on-failure --timeout 600
