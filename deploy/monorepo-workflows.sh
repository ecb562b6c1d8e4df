#!/usr/bin/env bash
# Makes the workflows of .github/workflows work for this project as a folder of a monorepo: GitHub reads workflows at
# the top of a repository alone. Writes ci-ocr-service.yml and deploy-ocr-service.yml there, with their path filters
# and their working directory moved to this folder. Safe to run again.
#
#   deploy/monorepo-workflows.sh
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "monorepo-workflows: $*" >&2
  exit 1
}
[[ $# -eq 0 ]] || fail "takes no arguments"
top=$(git rev-parse --show-toplevel) || fail "this folder is in no git repository"
folder=$(git rev-parse --show-prefix)
folder=${folder%/}
[[ -n $folder ]] || fail "this folder is the top of its repository, where GitHub finds the workflows as they are"
[[ $folder =~ ^[A-Za-z0-9._/-]+$ ]] || fail "the folder's path $folder has characters that a path filter would read otherwise"

mark="# Made from $folder/.github/workflows by deploy/monorepo-workflows.sh: edit it there, and run that again."

# move FROM TO: a path filter begins with the folder, but for that of the workflow itself, which lies at the top.
move() {
  local target=$top/.github/workflows/$2
  if [[ -e $target ]] && ! grep -qF "by deploy/monorepo-workflows.sh" "$target"; then
    fail ".github/workflows/$2 is there and was not made by this; move it away"
  fi
  {
    echo "$mark"
    sed -e "s|^      - \"\\(.*\\)\"\$|      - \"$folder/\\1\"|" \
      -e "s|\"$folder/\\.github/workflows/|\".github/workflows/|" \
      -e "s|^    working-directory: \\.\$|    working-directory: $folder|" \
      -e 's|\.github/workflows/ci\.yml|.github/workflows/ci-ocr-service.yml|' \
      -e 's|^name: ci$|name: ci-ocr-service|' -e "s|'ci'|'ci-ocr-service'|" ".github/workflows/$1"
  } >"$target"
  echo "wrote .github/workflows/$2"
}
mkdir -p "$top/.github/workflows"
move ci.yml ci-ocr-service.yml
move deploy-ocr-service.yml deploy-ocr-service.yml
