#!/usr/bin/env bash
# Packs what scripts/gpu-check.sh needs on a machine with a GPU that may have neither a .NET SDK nor GoogleTest nor a
# network: the C# tests of CUDA devices with their runtime, and GoogleTest's source. The result is in
# artifacts/gpu-check, which is to be carried there together with the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly out=artifacts/gpu-check
readonly most_bytes=60000000

googletest=/usr/src/googletest
[[ -f $googletest/CMakeLists.txt ]] || { echo "GoogleTest's source is missing: apt-get install googletest" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out"
dotnet publish tests/managed --configuration Release --runtime linux-x64 --self-contained --output "$out/tests"
# The ones that the C# tests compare the CPU with, and what belongs to an SDK.
rm -f "$out"/tests/libonnxruntime* "$out"/tests/libconvnet* "$out"/tests/*.pdb "$out"/tests/*.xml
tar -C "$out/tests" -cJf "$out/managed-tests.tar.xz" .
rm -rf "$out/tests"
tar -C "$googletest" -cJf "$out/googletest.tar.xz" CMakeLists.txt googletest googlemock
bytes=$(du -sb "$out" | cut -f1)
(( bytes <= most_bytes )) || { echo "$out has $bytes bytes; at most $most_bytes may be carried" >&2; exit 1; }
echo "$out has $bytes bytes"
