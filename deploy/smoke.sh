#!/usr/bin/env bash
# Checks a running service from the outside: that it answers, reads a picture, counts it, knows it again, and is well.
#
#   deploy/smoke.sh URL [KEY]        e.g.  deploy/smoke.sh https://glyphgate-ocr.fly.dev
#
# KEY is an admin's, who sees the calls of all, and goes as `Authorization: Bearer KEY`; GLYPHGATE_API_KEY in the
# environment does the same, unseen by other users.
# Costs one engine call: the picture differs from every earlier one by a comment. SMOKE_SECONDS (120) bounds the whole.
# Exit status: 0 when all is well, 1 when something is not, 2 for a wrong command line.
set -euo pipefail

samples=$(cd "$(dirname "$0")/.." && pwd)/docs/samples
limit=${SMOKE_SECONDS:-120}
if [[ $# -lt 1 || $# -gt 2 || ! $1 =~ ^https?://[^/?#[:space:]]+(/[^?#[:space:]]*)?$ || ! $limit =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
# Paths are put after it, with the slash that they begin with.
url=$1
while [[ $url == */ ]]; do
  url=${url%/}
done
key=${2:-${GLYPHGATE_API_KEY:-}}

fail() {
  echo "smoke: $*" >&2
  exit 1
}
for tool in curl python3; do
  command -v "$tool" >/dev/null || fail "needs $tool"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
deadline=$((SECONDS + limit))
# A file, since a command line can be seen by others.
: >"$work/headers"
[[ -z $key ]] || echo "Authorization: Bearer $key" >"$work/headers"
# A service on this machine is asked directly, whatever proxy the environment names.
direct=()
[[ ! $url =~ ^https?://(127\.|localhost|\[::1\]) ]] || direct=(--noproxy '*')

# call PATH [CURL ARGUMENT …]: sets $status, and leaves the answer's body in $work/body.
call() {
  local path=$1 left=$((deadline - SECONDS))
  shift
  ((left > 0)) || fail "not done within $limit s (SMOKE_SECONDS)"
  status=$(curl -sS "${direct[@]}" --max-time "$((left < 65 ? left : 65))" -H "@$work/headers" -o "$work/body" \
    -w '%{http_code}' "$@" "$url$path" 2>"$work/error") || status=000
}

# field PATH: a value of the body, which is JSON; `a.0.b` descends, null prints nothing.
field() {
  python3 -I -S -c '
import json, sys
with open(sys.argv[1], encoding="utf-8") as body:
    value = json.load(body)
for step in sys.argv[2].split("."):
    value = value[int(step)] if isinstance(value, list) else value[step]
print("" if value is None else json.dumps(value) if isinstance(value, (dict, list)) else value)
' "$work/body" "$1" 2>/dev/null || fail "no $1 in the answer: $(head -c 500 "$work/body")"
}

answered() {
  case $status in
    000) echo "no answer ($(head -1 "$work/error"))" ;;
    *) echo "$status $(head -c 500 "$work/body" 2>/dev/null)" ;;
  esac
}

ok() {
  echo "ok: $*"
}

# A machine that sleeps is started by the first request, and a new name takes its time.
begin=$SECONDS
call /livez
while [[ $status == 000 || $status == 50[234] ]] && ((deadline - SECONDS > limit / 2 + 1)); do
  sleep 1
  call /livez
done
[[ $status == 200 ]] || fail "GET /livez: $(answered)"
call /
[[ $status == 200 ]] || fail "GET /: $(answered)"
version=$(field version)
engine=$(field engine)
ok "version $version answers after $((SECONDS - begin)) s, with the engine $engine"
call /readyz
[[ $status == 200 ]] || fail "GET /readyz: it takes no work: $(answered)"
ok "it takes work"

call /usage
[[ $status == 200 ]] || fail "GET /usage: $(answered)"
before=$(field cost.api_calls)

picture=$work/smoke.jpg
expected=$(<"$samples/caption-en-01.txt")
# After the marker that begins a JPEG: a comment of 16 bytes and the two that tell its length.
{
  head -c 2 "$samples/caption-en-01.jpg"
  printf '\xff\xfe\x00\x12%s' "$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')"
  tail -c +3 "$samples/caption-en-01.jpg"
} >"$picture"

call /ocr/jobs -F "files=@$picture"
case $status in
  202) ;;
  401 | 403) fail "POST /ocr/jobs: the key was not accepted: $(answered)" ;;
  429) fail "POST /ocr/jobs: a limit is reached; try again later: $(answered)" ;;
  *) fail "POST /ocr/jobs: $(answered)" ;;
esac
job=$(field job_id)
state=pending
while [[ $state == pending || $state == processing ]]; do
  left=$((deadline - SECONDS))
  call "/ocr/jobs/$job?wait=$((left < 5 ? 0 : left < 60 ? left - 5 : 55))"
  [[ $status == 200 ]] || fail "GET /ocr/jobs/$job: $(answered)"
  state=$(field status)
done
[[ $state == completed ]] || fail "the job $job is $state: $(field error)"
text=$(field result.results.0.text | tr -s '[:space:]' ' ')
[[ ${text% } == "$expected" ]] || fail "it read \"$text\" where \"$expected\" is written"
[[ $(field result.results.0.characters.0.bbox.width) -gt 0 ]] || fail "the first character has no box"
ok "it read \"$expected\" in $(field processing_time_ms) ms"

call /usage
[[ $status == 200 ]] || fail "GET /usage: $(answered)"
after=$(field cost.api_calls)
((after > before)) || fail "the call is not in /usage: $before calls before, $after after"
ok "the call is counted: $before, then $after; today $(field usage.api_calls_today) of $(field limits.per_day)"

call /ocr/jobs -F "files=@$picture"
[[ $status == 200 && $(field job_id) == "$job" ]] || fail "the same picture again is not the same job: $(answered)"
ok "the same picture again is the same job, and free"
call "/ocr/jobs/$job" -X DELETE
[[ $status == 204 ]] || fail "DELETE /ocr/jobs/$job: $(answered)"

call /health
[[ $status == 200 ]] || fail "GET /health: $(answered)"
[[ $(field status) == healthy ]] ||
  fail "GET /health: $(field status); the breaker is $(field circuit_breaker.state): $(head -c 500 "$work/body")"
ok "it is healthy"
