# Part of build.sh: makes the packages.

# Projects whose packages are not always made, of those that are, and what is left out, with the reason.
optional_projects=()
left_out=()
# The native libraries of this platform, and what configures their build.
native_targets=(convnet)
configure_native=(configure_release)

# pack [--twice] [--managedcuda]: all packages; with --twice also from a clone in another folder, which must give the same
# bytes.
pack() {
    local option twice='' tested=yes managedcuda=()
    for option; do
        case $option in
            --twice) twice=yes ;;
            --untested) tested='' ;;
            --managedcuda) managedcuda=(--managedcuda) ;;
            *) die "pack takes --twice and --managedcuda, not $option" ;;
        esac
    done
    choose_cuda
    if (( ${#managedcuda[@]} )); then
        optional_projects+=(src/ConvNet.ManagedCuda)
    else
        left_out+=("ConvNet.ManagedCuda: --managedcuda makes it, where the package ManagedCuda-12 can be had")
    fi
    make_packages
    [[ -z $tested ]] || test_packages
    [[ -z $twice ]] || pack_again "${managedcuda[@]}"
    ls -l "$packages"
    (( ! ${#left_out[@]} )) || printf 'left out: %s\n' "${left_out[@]}"
}

# The CUDA plug-in is packed where there is a compiler for it.
choose_cuda() {
    local package=ConvNet.Native.Cuda12.linux-x64 toolkit
    if ! toolkit=$(find_cuda_toolkit); then
        left_out+=("$package: there is no CUDA toolkit; ./build.sh cuda fetches one")
    elif [[ $("$toolkit/bin/nvcc" --version 2>&1) != *"release 12."* ]]; then
        left_out+=("$package: the CUDA toolkit in $toolkit is not of version 12")
    else
        unset CONVNET_CUDA_ARCHITECTURES  # for all GPUs, whatever the user works with
        configure_native=(configure_cuda "$toolkit")
        optional_projects+=("packaging/$package")
        native_targets+=(convnet_cuda)
    fi
}

make_packages() {
    [[ $(uname -sm) == "Linux x86_64" ]] || die "packages for every platform are made on Linux on x64 only"
    need_dotnet
    git rev-parse HEAD >/dev/null || die "packages carry the name of a commit; there is none"
    need_native_tools
    need_cross_tools
    scripts/make-sysroot.sh x64 >/dev/null || die "without an older system to compile against nothing can be shipped"
    say "native libraries for linux-x64: ${native_targets[*]}"
    "${configure_native[@]}"
    cmake --build "$cmake_dir" --target "${native_targets[@]}"
    local platform
    for platform in "${cross_platforms[@]}"; do
        build_native_for "$platform"
    done

    say "packages"
    rm -rf "$packages"
    local project
    for project in packaging/Packages.slnf "${optional_projects[@]}"; do
        pack_project "$project"
    done
    copy_symbols
}

# pack_project PROJECT: into the folder of the packages. The time of the commit stands in them, and no name of a folder
# of this machine. Compiled apart, because what was compiled for use here has such names.
pack_project() {
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) dotnet pack "$1" --configuration Release \
        --output "$packages" -p:ContinuousIntegrationBuild=true -p:ArtifactsPath="$PWD/artifacts/pack"
}

# Debug symbols of native code have no package format; they are handed out as files.
copy_symbols() {
    local platform library
    for platform in "${cross_platforms[@]}"; do
        mkdir -p "$packages/symbols/$platform"
        cp "artifacts/native/$platform"/libconvnet.*.debug "$packages/symbols/$platform"
    done
    mkdir -p "$packages/symbols/linux-x64"
    for library in "${native_targets[@]}"; do
        cp "artifacts/native/linux-x64/lib$library.so.debug" "$packages/symbols/linux-x64"
    done
}

# What is in the packages, beside what the programs that use them find out.
test_packages() {
    say "tests of the packages"
    CONVNET_OPTIONAL_PACKAGES="${optional_projects[*]##*/}" dotnet test packaging/ConvNet.Packages.Tests \
        --configuration Release --results-directory "$results/packages" --logger trx
}

pack_again() {
    [[ -z $(git status --porcelain) ]] || die "pack --twice compares with a clone; please commit first"
    say "the packages again, from another folder"
    local elsewhere
    elsewhere=$(mktemp -d)
    git clone --quiet . "$elsewhere/convnet"
    # The same place of origin, which is written into the packages.
    local origin
    if origin=$(git remote get-url origin 2>/dev/null); then
        git -C "$elsewhere/convnet" remote set-url origin "$origin"
    else
        git -C "$elsewhere/convnet" remote remove origin
    fi
    "$elsewhere/convnet/build.sh" pack --untested "$@"
    diff -r "$packages" "$elsewhere/convnet/artifacts/packages" || die "the packages differ; see $elsewhere"
    rm -rf "$elsewhere"
    echo "packed twice, in two folders: the same bytes"
}
