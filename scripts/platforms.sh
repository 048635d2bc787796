# Part of build.sh: the native library for this platform, and compiled here for others.

host_platform=linux-x64
[[ $(uname -m) == x86_64 ]] || host_platform=linux-arm64
# Runtime identifiers, which are also the names of CMake's presets for them.
readonly cross_platforms=(linux-arm64 win-x64)
# Wine keeps what it takes for a Windows installation here, instead of among the user's files, and prints less.
export WINEPREFIX=$PWD/artifacts/wine WINEDEBUG=-all

# find_sysroot PROCESSOR: an older system to compile against, or nothing where none can be had. It has been tried with
# GCC 12, whose C++ library asks for little that the older system lacks.
find_sysroot() {
    if [[ $(g++ -dumpversion) != 12 ]] || ! scripts/make-sysroot.sh "$1"; then
        echo "without an older system to compile against the library is for systems like this one only" >&2
    fi
}

# configure_release [OPTION...]: for this platform, as it is shipped.
configure_release() { cmake --preset release -DCONVNET_SYSROOT="$(find_sysroot "${host_platform#linux-}")" "$@"; }

need_cross_tools() {
    need cmake command -v cmake
    need ninja-build command -v ninja
    # GoogleTest is compiled for the other platform, because what is installed is for this one.
    need googletest test -f /usr/src/googletest/CMakeLists.txt
    need g++-aarch64-linux-gnu command -v aarch64-linux-gnu-g++
    need g++-mingw-w64-x86-64-posix command -v x86_64-w64-mingw32-g++-posix
    need qemu-user command -v qemu-aarch64
    need wine64 test -x /usr/lib/wine/wine64
    install_missing
}

# configure_for PLATFORM
configure_for() {
    local options=()
    [[ $1 != linux-* ]] || options=(-DCONVNET_SYSROOT="$(find_sysroot "${1#linux-}")")
    cmake --preset "$1" "${options[@]}"
}

# build_native_for PLATFORM: the library alone, without its tests.
build_native_for() {
    say "native library for $1"
    configure_for "$1"
    cmake --build "artifacts/cmake/$1" --target convnet
}

# --- tests in emulators -----------------------------------------------------------------------

# Never run in an emulator: what starts itself, outside of it, or measures time.
readonly not_emulated='*DeathTest*:Stress.*:SleepingThreads.*:*digest*'
# An emulated Arm takes a hundred times as long. Unless all are asked for it has the small layers only, and nothing that
# computes the same over and over, by other threads or methods.
readonly long_when_emulated='*any_number_of_threads*:Autotune.*:*Vgg*:*vgg*:*resnet*:*resnext*:*rfcn*:*alexnet*:*dcgan*:*upconv*:*long_sums*:*many_images*:*many_columns*:*EngineBits*:WinogradWorkspace.*:*in_double/sets_of*:*sets_of_odd_sides*'

# Nor is this, as other platforms run the parity cases on these: the core from inside, on older instruction sets.
readonly inside_on_older_sets='^convnet_tests_(avx2|baseline)$'

# The results that the parity cases of all platforms are held against.
compute_golden_results() {
    need_native_tools
    say "golden results"
    configure_release
    cmake --build "$cmake_dir" --target parity_reference
    ctest --test-dir "$cmake_dir" --tests-regex '^parity_reference$' --output-on-failure
}

# cross [--all]: compiles library and tests for the other platforms and runs them in emulators.
cross() {
    [[ ${1:-} == --all || $# == 0 ]] || die "cross takes --all or nothing"
    [[ $(uname -sm) == "Linux x86_64" ]] || die "cross compiles on Linux on x64 only"
    need_cross_tools
    compute_golden_results
    local platform filter which=()
    [[ ${1:-} == --all ]] || which=(--exclude-regex "$inside_on_older_sets")
    for platform in "${cross_platforms[@]}"; do
        say "native library and tests for $platform"
        configure_for "$platform"
        cmake --build "artifacts/cmake/$platform"
        # Made here, since programs that begin at once would make it all at once, and wait for each other.
        [[ $platform != win-* ]] || /usr/lib/wine/wine64 wineboot --init
        filter=-$not_emulated
        [[ $platform != linux-arm64 || ${1:-} == --all ]] || filter+=:$long_when_emulated
        GTEST_FILTER=$filter ctest --test-dir "artifacts/cmake/$platform" --output-on-failure --timeout 1800 \
            --parallel "$(nproc)" "${which[@]}"
    done
}
