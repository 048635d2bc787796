# Part of build.sh: makes the packages.

# pack [--twice]: all packages; with --twice also from a clone in another folder, which must give the same bytes.
pack() {
    case ${1:-} in '' | --twice | --untested) ;; *) die "pack takes --twice, --untested or nothing" ;; esac
    make_packages
    [[ ${1:-} == --untested ]] || test_packages
    [[ ${1:-} != --twice ]] || pack_again
    ls -l "$packages"
}

make_packages() {
    [[ $(uname -sm) == "Linux x86_64" ]] || die "packages for every platform are made on Linux on x64 only"
    need_dotnet
    git rev-parse HEAD >/dev/null || die "packages carry the name of a commit; there is none"
    need_native_tools
    need_cross_tools
    scripts/make-sysroot.sh x64 >/dev/null || die "without an older system to compile against nothing can be shipped"
    say "native library for linux-x64"
    configure_release
    cmake --build "$cmake_dir" --target convnet
    local platform
    for platform in "${cross_platforms[@]}"; do
        build_native_for "$platform"
    done

    say "packages"
    rm -rf "$packages"
    # The time of the commit stands in the packages, and no name of a folder of this machine. Compiled apart, because
    # what was compiled for use here has such names.
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) dotnet pack packaging/Packages.slnf --configuration Release \
        --output "$packages" -p:ContinuousIntegrationBuild=true -p:ArtifactsPath="$PWD/artifacts/pack"
    # Debug symbols of native code have no package format; they are handed out as files.
    for platform in linux-x64 "${cross_platforms[@]}"; do
        mkdir -p "$packages/symbols/$platform"
        cp "artifacts/native/$platform"/*convnet.*.debug "$packages/symbols/$platform"
    done
}

# What is in the packages, beside what the programs that use them find out.
test_packages() {
    say "tests of the packages"
    dotnet test packaging/ConvNet.Packages.Tests --configuration Release --results-directory "$results/packages" \
        --logger trx
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
    "$elsewhere/convnet/build.sh" pack --untested
    diff -r "$packages" "$elsewhere/convnet/artifacts/packages" || die "the packages differ; see $elsewhere"
    rm -rf "$elsewhere"
    echo "packed twice, in two folders: the same bytes"
}
