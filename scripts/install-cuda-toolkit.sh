#!/usr/bin/env bash
# Puts what compiles CUDA sources into a folder of the user's cache and prints the folder: for machines without a GPU
# and without a CUDA toolkit, which is what continuous integration has. Nothing is installed on the system.
#
# Debian 13 has CUDA 12.4 as packages; they need a newer C library than Debian 12 has only where they are installed, not
# where they are unpacked. They come from the same server as this machine's own Debian packages, by a list of its own.
# A folder that is complete is taken as it is; one that was interrupted goes on with what was downloaded.
set -euo pipefail

readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/convnet
readonly toolkit=$cache/cuda-12.4
readonly work=$cache/cuda-12.4.download
readonly packages=(nvidia-cuda-toolkit nvidia-cuda-dev libcudart12 libcu++-dev)

say() { printf '%s\n' "$*" >&2; }
die() { say "install-cuda-toolkit.sh: $*"; exit 1; }

# The server and the key that this machine trusts for Debian itself.
write_apt_configuration() {
    local site keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | head -n 1)
    [[ -n $site ]] || die "this system knows no Debian packages (on Debian: apt-get update); elsewhere install a CUDA
toolkit, 12 or 13, and name its folder in CUDAToolkit_ROOT"
    [[ -f $keyring ]] || die "$keyring is missing: apt-get install debian-archive-keyring"
    mkdir -p "$work"/lists/partial "$work"/archives/partial "$work"/debs
    : > "$work/status"
    echo "deb [arch=amd64 signed-by=$keyring] $site trixie main non-free" > "$work/sources.list"
    cat > "$work/apt.conf" <<TEXT
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "-";
Dir::State "$work";
Dir::State::Status "$work/status";
Dir::Cache "$work";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Sandbox::User "";
TEXT
}

download() {
    say "downloading ${packages[*]} (1 GB)"
    export APT_CONFIG=$work/apt.conf
    apt-get -q update >&2
    (cd "$work/debs" && apt-get -q download "${packages[@]}" >&2)
    unset APT_CONFIG
}

# unpack PACKAGE FOLDER PATTERN...: only what the patterns match, which is a tenth of the whole.
unpack() {
    mkdir -p "$2"
    dpkg-deb --fsys-tarfile "$work/debs/$1"_*.deb | tar -x -C "$2" --wildcards "${@:3}"
}

# The layout that nvcc and CMake know from NVIDIA's own installer.
assemble() {
    local root=$work/root new=$work/toolkit
    say "unpacking"
    rm -rf "$root" "$new"
    unpack nvidia-cuda-toolkit "$root" './usr/bin/*' './usr/lib/nvidia-cuda-toolkit/bin/*' \
        './usr/lib/nvidia-cuda-toolkit/libdevice/*' --exclude './usr/bin/nvdisasm' --exclude './usr/bin/nvcc'
    unpack libcu++-dev "$root" './usr/include/*'
    unpack libcudart12 "$root" './usr/lib/*/libcudart.so.*'
    unpack nvidia-cuda-dev "$root" './usr/include/*' './usr/lib/*/libcudart_static.a' './usr/lib/*/libcudadevrt.a' \
        './usr/lib/*/stubs/libcuda.so'
    local tools=$root/usr/lib/nvidia-cuda-toolkit
    mkdir -p "$new"/bin "$new"/nvvm/bin "$new"/lib64/stubs
    mv "$root"/usr/bin/* "$new/bin"
    mv "$tools/bin/nvcc" "$tools/bin/crt" "$new/bin"
    mv "$tools/bin/cicc" "$new/nvvm/bin"
    mv "$tools/libdevice" "$new/nvvm"
    mv "$root/usr/include" "$new/include"
    mv "$root"/usr/lib/*/libcuda*.a "$root"/usr/lib/*/libcudart.so.* "$new/lib64"
    ln -s libcudart.so.12 "$new/lib64/libcudart.so"  # which CMake looks for
    mv "$root"/usr/lib/*/stubs/libcuda.so "$new/lib64/stubs"
    cat > "$new/bin/nvcc.profile" <<'TEXT'
TOP                = $(_HERE_)/..
NVVMIR_LIBRARY_DIR = $(TOP)/nvvm/libdevice
PATH              += $(TOP)/nvvm/bin:$(_HERE_):
INCLUDES          += "-isystem" "$(TOP)/include" $(_SPACE_)
LIBRARIES         =+ $(_SPACE_) "-L$(TOP)/lib64/stubs" "-L$(TOP)/lib64"
TEXT
    # What CMake reads the version from.
    echo '{ "cuda" : { "name" : "CUDA SDK", "version" : "12.4.131" } }' > "$new/version.json"
    rm -rf "$toolkit"
    mv "$new" "$toolkit"
    rm -rf "$work"
}

if [[ ! -x $toolkit/bin/nvcc ]]; then
    [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || die "only for Linux on x86-64; elsewhere install a CUDA toolkit"
    command -v apt-get dpkg-deb >/dev/null || die "apt-get and dpkg-deb are missing; install a CUDA toolkit yourself"
    write_apt_configuration
    download
    assemble
fi
say "CUDA $("$toolkit/bin/nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/\1/p') is in $toolkit"
echo "$toolkit"
