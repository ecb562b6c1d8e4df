#!/usr/bin/env bash
# Lays out the file system of the image. DIRECTORY/root holds what belongs to root: the service and its reader of images,
# which lies beside BINARY, the libraries they load, Tesseract's language data, fonts and tables for documents, the
# neural engine's parts, certificates, a shell for the health check, and what the entry on Fly.io runs. DIRECTORY/user
# holds what belongs to the service's user: the place for its data.
#
#   deploy/gather-root.sh DIRECTORY BINARY [PARTS]
#
# PARTS is where script/setup-parts has put the neural engine's, parts/ppocr unless told. Where it is missing the image
# goes without that engine.
#
# Notes each Debian package that a file comes from in root/var/lib/dpkg/status.d, where scanners look, and keeps its
# copyright file, with the licences' texts that these point to.
set -euo pipefail

if [[ $# -lt 2 || $# -gt 3 ]]; then
  sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
root=$1/root
user=$1/user
binary=$2
reader=$(dirname "$2")/glyphgate-reader
here=$(dirname "$0")
parts=${3:-$here/../parts/ppocr}

fail() {
  echo "gather-root: $*" >&2
  exit 1
}
for program in "$binary" "$reader"; do
  [[ -f $program ]] || fail "$program is not there; script/build release makes it"
done
[[ ! -e $1 ]] || fail "$1 is there already; it must be a new directory"

# Debian has one /usr: /lib is a link to /usr/lib.
under_usr() {
  [[ $1 == /usr/* ]] && echo "$1" || echo "/usr$1"
}

# add FILE: copies it, what it links to in its place.
added=()
add() {
  local path
  path=$(under_usr "$1")
  [[ ! -e $root$path ]] || return 0
  install -D -m "$(stat -L -c %a "$1")" "$1" "$root$path"
  added+=("$path")
}

add_libraries() {
  local libraries library
  libraries=$(ldd "$1")
  [[ $libraries != *"not found"* ]] || fail "$1 lacks libraries: $libraries"
  while read -r library; do
    add "$library"
  done < <(awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' <<<"$libraries")
}

mkdir -p "$root"/{dev,etc/ssl/certs,proc,sys,tmp,usr/bin,usr/lib,var/lib/dpkg/status.d}
chmod 1777 "$root/tmp"
# A tmpfs that is mounted over it belongs to root, and takes its mode.
mkdir -p "$user/data"
chmod 1777 "$user/data"
for directory in bin lib lib64; do
  [[ ! -e /$directory ]] || ln -s "usr/$directory" "$root/$directory"
done

install -m 755 "$binary" "$root/usr/bin/glyphgate"
install -m 755 "$reader" "$root/usr/bin/glyphgate-reader"
add_libraries "$binary"
add_libraries "$reader"
# Loaded by the service itself, when it calls Google.
curl=$(ldconfig -p | awk '$1 == "libcurl.so.4" && !found { found = $NF } END { print found }')
[[ -n $curl ]] || fail "libcurl.so.4 is not installed"
add "$curl"
add_libraries "$curl"
for program in /usr/bin/bash /usr/bin/chown /usr/bin/setpriv; do
  add "$program"
  add_libraries "$program"
done
ln -s bash "$root/usr/bin/sh"
install -m 755 "$here/healthcheck.sh" "$root/usr/bin/healthcheck"
install -m 755 "$here/fly-entry.sh" "$root/usr/bin/fly-entry"

languages=(/usr/share/tesseract-ocr/*/tessdata/*.traineddata)
[[ -e ${languages[0]} ]] || fail "no language data; install Tesseract's packages, e.g. tesseract-ocr-eng"
for language in "${languages[@]}"; do
  add "$language"
done

# What documents may need that do not bring their fonts, and what their texts go through.
for file in /usr/lib/*-linux-gnu/gconv/{UTF-16.so,gconv-modules,gconv-modules.cache}; do
  [[ ! -e $file ]] || add "$file"
done
while read -r file; do
  add "$file"
done < <(find /usr/share/poppler /usr/share/fonts/opentype/urw-base35 /usr/share/fonts/truetype/droid \( -type f -o -type l \) |
  sort)

packages=()
if [[ -f $parts/SHA256SUMS ]]; then
  while read -r _ file; do
    install -D -m 644 "$parts/$file" "$root/usr/lib/glyphgate/ppocr/$file"
  done <"$parts/SHA256SUMS"
  install -m 644 "$parts/SHA256SUMS" "$parts/VERSIONS" "$root/usr/lib/glyphgate/ppocr/"
  install -D -m 644 -t "$root/usr/share/doc/glyphgate/ppocr" "$parts"/LICENCES/*
  runtime=$(readlink -e "$parts/libonnxruntime.so.1")
  add_libraries "$runtime"
  # From Debian 13 on it is a package's.
  [[ ! -L $parts/libonnxruntime.so.1 ]] || packages+=("$(dpkg-query -S "$runtime" | cut -d : -f 1)")
else
  echo "gather-root: no $parts: the image goes without the neural engine" >&2
fi

# The bundle is made at the package's installation, so that no package owns it.
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
# When months begin where the engine bills. Leap seconds are not counted.
mkdir -p "$root/usr/share/zoneinfo"
tar -C /usr/share/zoneinfo --exclude=./right --exclude=./posix -ch . | tar -C "$root/usr/share/zoneinfo" -x
add /usr/lib/os-release
ln -s ../usr/lib/os-release "$root/etc/os-release"
echo 'root:x:0:0:root:/:/usr/bin/bash
glyphgate:x:10001:10001:Glyphgate:/data:/usr/bin/bash' >"$root/etc/passwd"
echo 'root:x:0:
glyphgate:x:10001:' >"$root/etc/group"

# Headers alone: their code is in the binary.
packages+=(ca-certificates libasio-dev libcli11-dev librestinio-dev rapidjson-dev tzdata)
# The packages list a file by either path; of the other, dpkg-query says that it knows none.
declare -A owner=()
while IFS= read -r line; do
  owner[$(under_usr "${line##*: }")]=${line%%: *}
done < <(dpkg-query -S "${added[@]}" "${added[@]#/usr}" 2>/dev/null || true)
for path in "${added[@]}"; do
  [[ -n ${owner[$path]:-} ]] || fail "no package owns $path"
  packages+=("${owner[$path]}")
done
for package in "${packages[@]}"; do
  name=${package%%:*}
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$name"
  install -D -m 644 "/usr/share/doc/$name/copyright" "$root/usr/share/doc/$name/copyright"
done
# Most of them point to a licence's text, where they do not hold it.
while read -r text; do
  [[ ! -f $text ]] || install -D -m 644 "$text" "$root$text"
done < <(grep -rhoE '/usr/share/common-licenses/[A-Za-z0-9.+-]*[A-Za-z0-9]' "$root/usr/share/doc" | sort -u)
