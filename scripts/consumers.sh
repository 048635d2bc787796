# Part of build.sh: uses the packages as their users do, in a folder that knows nothing of this one.

version=$(tr -d '[:space:]' < version.txt)
readonly consumers=$PWD/packaging/consumers
# Packages of others are kept from run to run, so that they are there as on a machine that has been used before.
readonly consumer_cache=${XDG_CACHE_HOME:-$HOME/.cache}/convnet/nuget

consume() {
    [[ -f $packages/ConvNet.$version.nupkg ]] || die "there are no packages yet: ./build.sh pack makes them"
    need_dotnet
    need gcc command -v gcc
    [[ $(uname -m) != x86_64 ]] || need wine64 test -x /usr/lib/wine/wine64
    install_missing
    outside=$(mktemp -d)
    trap 'rm -rf "$outside"' EXIT
    export NUGET_PACKAGES=$consumer_cache
    mkdir -p "$consumer_cache"
    # What was unpacked of an older build of the same version must not be taken for this one.
    rm -rf "$consumer_cache"/convnet "$consumer_cache"/convnet.*
    cat > "$outside/nuget.config" <<XML
<configuration>
  <packageSources><add key="the packages to try" value="$packages" /></packageSources>
</configuration>
XML
    consume_in_console
    consume_published
    consume_without_native
    consume_cuda
    consume_in_web
    consume_in_fsharp
    # Whatever the names say, it was these packages that were taken.
    grep -qF "$packages" "$consumer_cache/convnet/$version/.nupkg.metadata" || die "ConvNet came from another place"
    say "every consumer of the packages works"
}

# expect_result COMMAND...: runs the console program and shows that it computed what it should.
expect_result() {
    local output
    output=$("$@") || { printf '%s\n' "$output"; die "failed: $*"; }
    grep -q '^convolution 1x1x4x4: 4 6 6 4 6 9 9 6 6 9 9 6 4 6 6 4' <<< "$output" &&
        grep -q '^deconvolution 1x1x1x8: 1 1 2 2 3 3 4 4' <<< "$output" ||
        { printf '%s\n' "$output"; die "a wrong result: $*"; }
}

consume_in_console() {
    say "a console program, from dotnet new to its first result"
    local seconds=$SECONDS
    (
        cd "$outside"
        dotnet new console --output console
        cd console
        dotnet add package ConvNet --version "$version"
        cp "$consumers/console/Program.cs" .
        expect_result dotnet run
    )
    seconds=$(( SECONDS - seconds ))
    echo "$seconds seconds"
    (( seconds <= 60 )) || die "that is more than 60 seconds"
}

# Each way of publishing, its options, and what ConvNet's own part may at most add up to.
consume_published() {
    publish_and_run framework-dependent
    publish_and_run self-contained --self-contained
    publish_and_run single-file --self-contained -p:PublishSingleFile=true
    publish_and_run one-file-with-libraries --self-contained -p:PublishSingleFile=true \
        -p:IncludeNativeLibrariesForSelfExtract=true
    publish_and_run trimmed --self-contained -p:PublishTrimmed=true
    publish_and_run ahead-of-time -p:PublishAot=true
    local bytes
    bytes=$(cat "$outside/ahead-of-time/console" "$outside/ahead-of-time/libconvnet.so" | wc -c)
    echo "$bytes bytes, with the library"
    (( bytes <= 15000000 )) || die "that is more than 15 MB"
    [[ $(uname -m) != x86_64 ]] || consume_on_windows
}

# publish NAME OPTIONS...: without a warning of the compiler, the trimmer or the linker.
publish() {
    say "published: $1"
    dotnet publish "$outside/${project:-console}" --output "$outside/$1" "${@:2}" \
        -p:TreatWarningsAsErrors=true -p:TrimmerSingleWarn=false -p:InvariantGlobalization=true |
        tee "$outside/publish.log"
    ! grep -i ': warning ' "$outside/publish.log" || die "publishing gave a warning"
}

publish_and_run() {
    publish "$1" --use-current-runtime "${@:2}"
    expect_result "$outside/$1/console"
}

consume_on_windows() {
    publish windows --runtime win-x64 --self-contained
    expect_result /usr/lib/wine/wine64 "$outside/windows/console.exe"
}

consume_without_native() {
    say "without the native library: one error that says all"
    local output status=0
    rm -rf "$outside/framework-dependent/libconvnet.so" "$outside/framework-dependent/runtimes"
    output=$("$outside/framework-dependent/console" 2>&1) || status=$?
    printf '%s\n' "$output"
    (( status )) || die "it ran without the native library"
    local part
    for part in "ConvNetLoadException" "wanted: ABI" "machine: $(uname -s | tr '[:upper:]' '[:lower:]')-" "glibc" \
        "tried: $outside/framework-dependent/libconvnet.so" "No such file" \
        "to mend it: dotnet add package ConvNet.Native."; do
        grep -qF -- "$part" <<< "$output" || die "the error does not say: $part"
    done
}

# Where the package of the CUDA plug-in was made. Where there is no GPU its own message shows that it was found: it is the
# plug-in that asks for the driver.
consume_cuda() {
    local package=ConvNet.Native.Cuda12.linux-x64 project=cuda expected='no NVIDIA driver was found'
    [[ -f $packages/$package.$version.nupkg ]] || { say "no package of the CUDA plug-in, so it is not tried"; return; }
    ! nvidia-smi -L >/dev/null 2>&1 || expected='CUDA devices: '
    say "CUDA devices, without the package of the plug-in"
    dotnet new console --output "$outside/cuda"
    dotnet add "$outside/cuda" package ConvNet --version "$version"
    cp "$consumers/cuda/Program.cs" "$outside/cuda"
    expect_text "add the package $package" dotnet run --project "$outside/cuda"

    say "CUDA devices, with the package"
    dotnet add "$outside/cuda" package "$package" --version "$version"
    expect_text "$expected" dotnet run --project "$outside/cuda"
    say "CUDA devices, out of NuGet's cache, where each package has a folder of its own"
    dotnet build "$outside/cuda" --output "$outside/cuda-cached" -p:CopyLocalLockFileAssemblies=false \
        -p:GenerateRuntimeConfigDevFile=true
    [[ ! -e $outside/cuda-cached/ConvNet.dll && ! -e $outside/cuda-cached/runtimes ]] || die "the packages were copied"
    expect_text "$expected" dotnet "$outside/cuda-cached/cuda.dll"
    publish cuda-self-contained --use-current-runtime --self-contained
    expect_text "$expected" "$outside/cuda-self-contained/cuda"
    publish cuda-single-file --use-current-runtime --self-contained -p:PublishSingleFile=true
    expect_text "$expected" "$outside/cuda-single-file/cuda"
    publish cuda-one-file-with-libraries --use-current-runtime --self-contained -p:PublishSingleFile=true \
        -p:IncludeNativeLibrariesForSelfExtract=true
    [[ ! -e $outside/cuda-one-file-with-libraries/libconvnet_cuda.so ]] || die "the plug-in lies beside the one file"
    expect_text "$expected" "$outside/cuda-one-file-with-libraries/cuda"
}

# expect_text TEXT COMMAND...: runs and shows a program, which has to print the text.
expect_text() {
    local output
    output=$("${@:2}") || { printf '%s\n' "$output"; die "failed: ${*:2}"; }
    printf '%s\n' "$output"
    grep -qF -- "$1" <<< "$output" || die "it does not say: $1"
}

consume_in_web() {
    say "a web service, and 32 callers at once"
    local project address=http://127.0.0.1:5943 server status=0
    for project in web web-client; do
        dotnet new "${project/web-client/console}" --output "$outside/$project"
        cp "$consumers/$project"/*.cs "$outside/$project"
        [[ $project == web-client ]] || dotnet add "$outside/$project" package ConvNet --version "$version"
        dotnet build "$outside/$project" --configuration Release --output "$outside/$project/out" -warnaserror
    done
    "$outside/web/out/web" --urls "$address" &
    server=$!
    "$outside/web-client/out/web-client" "$address" || status=1
    kill "$server"
    wait "$server" || true
    (( ! status )) || die "the web service failed"
}

consume_in_fsharp() {
    say "a script in F#"
    mkdir "$outside/fsharp"
    sed "s/VERSION/$version/" "$consumers/fsharp/script.fsx" > "$outside/fsharp/script.fsx"
    (cd "$outside/fsharp" && dotnet fsi script.fsx)
}
