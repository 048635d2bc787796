#!/usr/bin/env bash
# The one way in: builds, tests, shows, measures and packs ConvNet. `./build.sh help` lists the words.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# The tools of .NET need no ICU to build this, and a fresh system has none.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-1}
# Build servers that stay behind would keep a pipe from this script open.
export MSBUILDDISABLENODEREUSE=1

readonly solution=ConvNet.sln
readonly cmake_dir=artifacts/cmake/release
readonly results=$PWD/artifacts/test-results
readonly packages=$PWD/artifacts/packages

help() {
    cat <<'TEXT'
./build.sh WORD

  build            compile the native library and everything in C#
  test             build, run all tests; the last line is "N passed, N failed"
  cuda             compile the CUDA plug-in, with a toolkit that it fetches where there is none, and run its tests;
                   without a GPU those are the tests that need none
  demo             build, and show what the library does, in a minute
  bench cpu        time layers against other libraries, in 20 minutes; results in artifacts/bench.
                   --quick takes 4, --only NAME some layers, --write-docs renews docs/performance.md
  cross            compile for arm64 and Windows, and run tests there in emulators; --all runs nearly all of them
  pack             make the packages and look into them; --twice makes them again elsewhere, to the same bytes;
                   --managedcuda also makes ConvNet.ManagedCuda. That of the CUDA plug-in needs a CUDA toolkit 12
  consumers        use the packages as others will: published in every way, in a web service, in F#, on Windows
  docs             make the site of the tutorial and the whole API, in artifacts/docs
  format           put all sources into shape; format --check only says what is not
  clean            delete everything that was built (the folder artifacts)
  help             this text

It needs the .NET SDK 10. What else is missing it installs with apt-get when it may,
and otherwise prints the command. docs/building.md says what, and why.
TEXT
}

say() { printf '\n== %s\n' "$*"; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# --- what has to be there ---------------------------------------------------------------------

missing=()
# need PACKAGE COMMAND...: notes the package as missing when the command fails.
need() { "${@:2}" >/dev/null 2>&1 || missing+=("$1"); }

need_native_tools() {
    [[ $(uname -s) == Linux ]] || die "only Linux for now; on Windows use build.ps1, macOS is not supported yet"
    need g++ command -v g++
    need cmake command -v cmake
    need ninja-build command -v ninja
    need libgtest-dev test -f /usr/include/gtest/gtest.h
    [[ $(uname -m) != x86_64 ]] || need qemu-user command -v qemu-x86_64
    install_missing
}

need_dotnet() {
    command -v dotnet >/dev/null || die "the .NET SDK 10 is missing: see https://dotnet.microsoft.com/download"
    dotnet --version >/dev/null || die "the .NET SDK that was found is not version 10"
}

install_missing() {
    (( ${#missing[@]} )) || return 0
    local install=(apt-get install -y --no-install-recommends "${missing[@]}")
    command -v apt-get >/dev/null || die "missing: ${missing[*]} (names of Debian packages; please install their like)"
    local as_root=(env DEBIAN_FRONTEND=noninteractive)
    if (( EUID != 0 )); then
        sudo -n true 2>/dev/null || die "missing: ${missing[*]}; please run: sudo apt-get update && sudo ${install[*]}"
        as_root=(sudo -n "${as_root[@]}")
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update
    "${as_root[@]}" "${install[@]}" -q -o DPkg::Lock::Timeout=300
    missing=()
}

# The parts that have a file of their own.
for part in platforms cuda pack consumers; do
    # shellcheck source=/dev/null
    source "scripts/$part.sh"
done

# --- build ------------------------------------------------------------------------------------

build_native() {
    need_native_tools
    say "native library"
    configure_release
    cmake --build "$cmake_dir"
}

# build_managed PROJECT: a project with all it depends on, or the solution.
build_managed() {
    need_dotnet
    say "C#: $1"
    dotnet build "$1" --configuration Release
}

build() {
    build_native
    build_managed "$solution"
}

# run_program PROJECT ARGUMENTS...
run_program() {
    build_native
    build_managed "$1"
    say "$(basename "$1")"
    dotnet run --no-build --configuration Release --project "$1" -- "${@:2}"
}

# --- test -------------------------------------------------------------------------------------

run_tests() {
    build
    rm -rf "$results"
    mkdir -p "$results/native" "$results/managed"
    local broken=0
    run_native_tests || broken=1
    run_managed_tests || broken=1
    count_tests "$broken"
}

run_native_tests() {
    say "native tests"
    GTEST_OUTPUT="xml:$results/native/" ctest --test-dir "$cmake_dir" --output-on-failure --timeout 900 \
        --parallel "$(nproc)"
}

run_managed_tests() {
    local project name failed=0
    for project in tests/*/*.csproj; do
        name=$(basename "$project" .csproj)
        say "$name"
        dotnet test "$project" --no-build --configuration Release \
            --results-directory "$results/managed" --logger "trx;LogFileName=$name.trx" \
            --blame-hang --blame-hang-timeout 10min --blame-hang-dump-type none || failed=1
        [[ -f $results/managed/$name.trx ]] || { echo "$name left no results"; failed=1; }
    done
    return "$failed"
}

# sum_attribute NAME: adds up the numbers of an XML attribute in what it reads.
sum_attribute() {
    { grep -o " $1=\"[0-9]*\"" || true; } | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

# Only the first line of a GoogleTest file has the sums; a case that was skipped is in neither number.
count_native() {
    local file run=0 failed=0
    for file in "$results"/native/*.xml; do
        [[ -f $file ]] || continue
        (( run += $(grep -c 'result="completed"' "$file" || true) )) || true
        (( failed += $(grep -m1 '<testsuites ' "$file" | sum_attribute failures) )) || true
    done
    echo "$(( run - failed )) $failed"
}

count_managed() {
    local counters kind failed=0
    counters=$(grep -hs '<Counters ' "$results"/managed/*.trx || true)
    for kind in failed error timeout aborted; do
        (( failed += $(sum_attribute "$kind" <<< "$counters") )) || true
    done
    echo "$(sum_attribute passed <<< "$counters") $failed"
}

# count_tests BROKEN: prints the sum, and fails when a test or a runner failed, or when a kind of test did not run.
count_tests() {
    local broken=$1 native_passed native_failed managed_passed managed_failed passed failed
    read -r native_passed native_failed < <(count_native)
    read -r managed_passed managed_failed < <(count_managed)
    say "results: native $native_passed passed, $native_failed failed; C# $managed_passed passed, $managed_failed failed"
    (( native_passed + native_failed )) || { echo "no native test ran"; broken=1; }
    (( managed_passed + managed_failed )) || { echo "no C# test ran"; broken=1; }
    passed=$(( native_passed + managed_passed ))
    failed=$(( native_failed + managed_failed ))
    if (( broken && ! failed )); then
        echo "a test program ended badly without naming a test: it counts as one that failed"
        failed=1
    fi
    echo "$passed passed, $failed failed"
    (( ! failed ))
}

# --- bench ------------------------------------------------------------------------------------

# What the library is compared with. Where it cannot be had, the benchmark goes without.
need_peers() {
    need libdnnl-dev test -f /usr/include/oneapi/dnnl/dnnl.hpp
    need libopenblas0-pthread compgen -G '/usr/lib/*/openblas-pthread/libopenblas.so.0'
    (install_missing) || echo "without them: ${missing[*]}"
    missing=()
}

bench() {
    [[ ${1:-} == cpu ]] || die "bench what? For now there is: ./build.sh bench cpu"
    need_peers
    run_program bench/ConvNet.Bench "$@"
}

# --- format and clean -------------------------------------------------------------------------

# clang-format differs from version to version, so one is chosen: the one that Debian 12 and Ubuntu have.
clang_format() {
    command -v clang-format-14 || { clang-format --version | grep -q 'version 14\.' && command -v clang-format; }
}

native_sources() {
    find native tests bench samples -name obj -prune -o \
        \( -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' -o -name '*.cu' \) -print
}

format() {
    local check=${1:-} clang_options=(-i) dotnet_options=() failed=0
    if [[ $check == --check ]]; then
        clang_options=(--dry-run --Werror)
        dotnet_options=(--verify-no-changes)
    elif [[ -n $check ]]; then
        die "format takes --check or nothing"
    fi
    need clang-format-14 clang_format
    install_missing
    need_dotnet
    say "C and C++"
    native_sources | xargs "$(clang_format)" "${clang_options[@]}" || failed=1
    say "C#"
    dotnet restore "$solution"
    # RS0016 and RS0017: a change of the public API is written down by who makes it, never by a formatter.
    dotnet format "$solution" --no-restore --exclude bindings/generated --exclude-diagnostics RS0016 RS0017 \
        "${dotnet_options[@]}" || failed=1
    (( ! failed )) || die "some sources are not in shape: ./build.sh format mends most of it"
    echo "all sources are in shape"
}

clean() { rm -rf artifacts; }

docs() {
    need_dotnet
    say "documentation"
    rm -rf artifacts/docs
    dotnet run --configuration Release --project docs/ConvNet.Docs -- artifacts/docs
}

# --- the words --------------------------------------------------------------------------------

main() {
    local word=${1:-help}
    (( $# )) && shift
    case $word in
        build | clean | docs | help)
            (( $# == 0 )) || die "$word takes no arguments"
            "$word"
            ;;
        test) run_tests ;;
        cuda)
            (( $# == 0 )) || die "cuda takes no arguments"
            build_cuda
            ;;
        demo) run_program samples/Demo "$@" ;;
        bench) bench "$@" ;;
        cross) cross "$@" ;;
        pack) pack "$@" ;;
        consumers) consume ;;
        format) format "$@" ;;
        -h | --help) help ;;
        *)
            help >&2
            die "unknown word: $word"
            ;;
    esac
}

main "$@"
