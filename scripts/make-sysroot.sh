#!/usr/bin/env bash
# Makes an older Debian to compile against, so that libraries load on systems that are older than this one, and prints
# its folder. Takes x64 or arm64. It holds what a compiler needs of Debian 11, whose C library is glibc 2.31. The packages
# come, signed, from the archive that this system has its own from.
set -euo pipefail

readonly release=bullseye
readonly packages=(libc6 libc6-dev linux-libc-dev libgcc-10-dev)

die() { printf 'make-sysroot.sh: %s\n' "$*" >&2; exit 1; }

case ${1:-} in
    x64) architecture=amd64 ;;
    arm64) architecture=arm64 ;;
    *) die "takes x64 or arm64, not '${1:-}'" ;;
esac
readonly architecture
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/convnet
# The last number counts the changes of this script that change the result.
readonly sysroot=$cache/sysroot-$release-$1-1

if [[ -f $sysroot/.complete ]]; then
    echo "$sysroot"
    exit
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || die "needs apt-get and dpkg-deb"

mkdir -p "$cache"
work=$(mktemp -d "$cache/making.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/debs" "$work/root"

# This system's own main archive of Debian.
find_archive() {
    # shellcheck disable=SC2016 # for apt to fill in
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' \
        'Component: main' | awk 'NR == 1'
}
archive=$(find_archive)
if [[ -z $archive ]] && (( EUID == 0 )); then
    apt-get -q -o DPkg::Lock::Timeout=300 update >&2
    archive=$(find_archive)
fi
[[ -n $archive ]] || die "this system has its packages from no archive of Debian, or 'apt-get update' never ran"
readonly archive
readonly keys=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -f $keys ]] || die "$keys is missing; the package debian-archive-keyring has it"
printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$archive" "$release" > "$work/sources.list"

# apt with lists of its own, which neither reads nor changes what the system knows.
apt_private() {
    apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/lists" -o Dir::State::Status=/dev/null -o Dir::Cache="$work" \
        -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o Acquire::Languages=none -o APT::Sandbox::User=root "$@" >&2
}
apt_private update
(cd "$work/debs" && apt_private download "${packages[@]}")
for package in "$work"/debs/*.deb; do
    dpkg-deb --extract "$package" "$work/root"
done

# Links to absolute paths would lead out of the folder and into this system.
find "$work/root" -lname '/*' -printf '%p %l\n' | while read -r link target; do
    ln -snfr "$work/root$target" "$link"
done

# Of the compiler's libraries only the unwinder is the old one: that of a newer compiler asks the newer C library where
# functions are.
mkdir "$work/root/unwinder"
cp "$work"/root/usr/lib/gcc/*/10/libgcc_eh.a "$work/root/unwinder"
rm -rf "$work/root/usr/lib/gcc" "$work/root/usr/share" "$work/root/etc"

touch "$work/root/.complete"
# Whoever is first wins; the other's is the same.
mv -T "$work/root" "$sysroot" 2>/dev/null || [[ -f $sysroot/.complete ]] || die "cannot move the result to $sysroot"
echo "$sysroot"
