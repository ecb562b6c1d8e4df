#!/usr/bin/env bash
# Brings the service to Fly.io as fly.toml describes it: makes the app and its volume where they are missing, hands
# over secrets, deploys one machine, and runs the smoke test. Safe to run again. Where the service would have no API
# keys it makes a first one, and prints it once.
#
#   deploy/deploy.sh [--app NAME] [--org ORG] [--secrets FILE] [--secret NAME ...] [--dry-run]
#
# --app NAME      another name than fly.toml's; docs/NAMING.md has the rule
# --org ORG       the organisation that a new app belongs to; default: personal
# --secrets FILE  secrets as NAME=VALUE, one a line, as `flyctl secrets import` reads them
# --secret NAME   a secret from the environment variable NAME, e.g. GOOGLE_APPLICATION_CREDENTIALS_JSON
# --dry-run       looks at what is there, and prints what it would do
#
# flyctl must be logged in, or find a token in FLY_API_TOKEN. GLYPHGATE_API_KEY is the smoke test's key. A service that
# is to be open to everybody has ALLOW_ANONYMOUS = "1" in fly.toml: it then gets no key.
# Exit status: 0 when the service runs and passes, 1 when not, 2 for a wrong command line.
set -euo pipefail
invoked_from=$PWD
cd "$(dirname "$0")/.."

usage() {
  [[ $# -eq 0 ]] || echo "deploy: $*" >&2
  sed -n '2,17s/^# \{0,1\}//p' deploy/deploy.sh >&2
  exit 2
}
fail() {
  echo "deploy: $*" >&2
  exit 1
}
say() {
  echo "deploy: $*"
}

app=
org=personal
file=
names=()
dry=
is_new=
while [[ $# -gt 0 ]]; do
  case $1 in
    --app | --org | --secrets | --secret) [[ -n ${2:-} ]] || usage "$1 needs a value" ;;&
    --app) app=$2 ;;
    --org) org=$2 ;;
    --secrets) file=$2 ;;
    --secret) names+=("$2") ;;
    --dry-run) dry=1 ;;
    *) usage "unknown argument \"$1\"" ;;
  esac
  [[ $1 == --dry-run ]] || shift
  shift
done

command -v flyctl >/dev/null || fail "needs flyctl: https://fly.io/docs/flyctl/install/"
python3 -c 'import tomllib' 2>/dev/null || fail "needs Python 3.11 or newer, which reads fly.toml"

settings=$(python3 -I -S -c '
import tomllib
with open("fly.toml", "rb") as file:
    fly = tomllib.load(file)
mount = fly["mounts"][0]
settings = fly.get("env", {})
keys = any(settings.get(name) for name in ("API_KEYS", "API_KEYS_FILE")) or settings.get("ALLOW_ANONYMOUS") == "1"
print(fly["app"], fly["primary_region"], mount["source"], mount["initial_size"], "decided" if keys else "open")
') || fail "fly.toml lacks app, primary_region, or the source and initial_size of its first [[mounts]]"
read -r fly_app region volume size keys <<<"$settings"
app=${app:-$fly_app}
[[ ${#app} -le 63 && $app =~ ^[a-z0-9]+(-[a-z0-9]+)+$ ]] ||
  usage "\"$app\" is not of the form {project}-{service}: lower-case letters and digits, joined with hyphens"

# Prints the secrets as `flyctl secrets import` reads them.
print_secrets() {
  local name value
  if [[ -n $file ]]; then
    cat "$file"
    # The next secret is no part of a last line that ends without a line break.
    [[ -z $(tail -c 1 "$file") ]] || echo
  fi
  for name in "${names[@]}"; do
    value=${!name}
    if [[ $value == '{'* ]]; then
      # It takes a # in a value's first line for a comment, and JSON may begin on the second.
      printf '%s="""\n%s"""\n' "$name" "$value"
    else
      printf '%s=%s\n' "$name" "$value"
    fi
  done
}

# Looks for what flyctl would leave out, or take for something else, without a word.
check_file() {
  local wrong
  wrong=$(python3 -I -S -c '
import re, sys
begun = None
with open(sys.argv[1], "rb") as file:
    lines = file.read().split(b"\n")
for number, line in enumerate(lines, 1):
    line = line.removesuffix(b"\r")
    if len(line) >= 65000:
        sys.exit(f"line {number} is too long for flyctl, which reads lines of 64 KiB")
    if begun:
        begun = None if line.endswith(b"\"\"\"") else begun
    elif line.strip() and not line.startswith(b"#"):
        secret = re.match(rb"\s*[A-Za-z_]\w*\s*= *(\"\"\")?", line)
        if not secret:
            sys.exit(f"line {number} is not of the form NAME=VALUE")
        begun = number if secret[1] else None
if begun:
    sys.exit(f"the value that begins in line {begun} with \"\"\" has no later line that ends with them")
' "$file" 2>&1) || fail "the file of secrets $file: $wrong"
}

if [[ -n $file ]]; then
  [[ $file == /* ]] || file=$invoked_from/$file
  [[ -f $file && -r $file ]] || fail "there is no file of secrets $file"
  check_file
fi
for name in "${names[@]}"; do
  [[ $name =~ ^[A-Z][A-Z0-9_]*$ ]] || usage "--secret takes the name of a variable, not its value"
  value=${!name:-}
  [[ -n $value ]] || fail "the secret $name is not set; put it into the environment variable of that name"
  [[ ${#value} -lt 65000 ]] || fail "the secret $name is too long for flyctl, which reads lines of 64 KiB"
  if [[ $value == '{'* ]]; then
    [[ $value != *'"""'* ]] || fail "the secret $name holds \"\"\", which flyctl cannot read"
  else
    [[ $value != *[$'\n\r"\'#']* && $value != ' '* ]] ||
      fail "the secret $name holds a quote, a # or a line break, or begins with a space; hand it over in a file, with --secrets"
  fi
done

# act COMMAND …: changes something, unless --dry-run.
act() {
  if [[ -n $dry ]]; then
    say "would run: $*"
  else
    "$@"
  fi
}

# The names of the secrets that the service will have: those that are handed over, and those that it has already.
secret_names() {
  printf '%s\n' "${names[@]}"
  [[ -z $file ]] || sed 's/=.*//; s/[[:space:]]//g' "$file"
  [[ -z $is_new ]] || return 0
  local listed
  listed=$(flyctl secrets list --app "$app" --json 2>"$errors") || fail "flyctl secrets list: $(<"$errors")"
  python3 -I -S -c '
import json, sys
for secret in json.loads(sys.argv[1]) or []:
    print(secret.get("Name") or secret["name"])
' "$listed" || fail "flyctl secrets list printed no list of secrets: $listed"
}

# Prints a key, and after a space the line of it that the service stores: docs/keys.md has the form.
make_key() {
  python3 -I -S -c '
import hashlib, secrets, zlib
digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
def base62(number, width):
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        text = digits[digit] + text
    return text
key = "gg_" + base62(secrets.randbits(128), 22)
key += base62(zlib.crc32(key.encode()), 6)
print(key, "first:" + hashlib.sha256(key.encode()).hexdigest(), "admin")
'
}

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

flyctl config validate --strict --config fly.toml --app "$app" >"$errors" 2>&1 ||
  fail "flyctl finds fly.toml wrong: $(<"$errors")"

if volumes=$(flyctl volumes list --app "$app" --json 2>"$errors"); then
  say "the app $app is there"
elif grep -qi 'could not find app' "$errors"; then
  say "the app $app is not there"
  is_new=1
  volumes='[]'
  act flyctl apps create "$app" --org "$org"
else
  fail "flyctl volumes list: $(<"$errors")"
fi

where=$(python3 -I -S -c '
import json, sys
print(" ".join(sorted(v["region"] for v in json.loads(sys.argv[1]) or [] if v["name"] == sys.argv[2])))
' "$volumes" "$volume") || fail "flyctl volumes list printed no list of volumes: $volumes"
case $where in
  '')
    say "the volume $volume is not there"
    act flyctl volumes create "$volume" --app "$app" --region "$region" --size "${size%[gG][bB]}" --yes
    ;;
  "$region") say "the volume $volume is there, in $region" ;;
  *) fail "fly.toml wants one volume $volume in $region, and there is: $where. docs/DEPLOYMENT.md tells more under \"One machine, one volume\"" ;;
esac

if [[ -n $file || ${#names[@]} -gt 0 ]]; then
  if [[ -n $dry ]]; then
    say "would run: flyctl secrets import --app $app --stage, with ${file:+what $file holds }${names[*]}"
  else
    print_secrets | flyctl secrets import --app "$app" --stage
  fi
fi

# What decides who may knock: without any of it, everybody might.
if [[ $keys == open ]]; then
  known=$(secret_names) || exit 1
  ! grep -qxE 'API_KEYS|API_KEYS_FILE|ALLOW_ANONYMOUS' <<<"$known" || keys=decided
fi
if [[ $keys == open ]]; then
  if [[ -n $dry ]]; then
    say "would make a first API key, and hand it over as API_KEYS"
  else
    read -r first_key line <<<"$(make_key)"
    printf 'API_KEYS=%s\n' "$line" | flyctl secrets import --app "$app" --stage
    export GLYPHGATE_API_KEY=$first_key
    say "the service has no API keys yet. Its first one, of the name \"first\", which may administer it. It is shown"
    say "this once; docs/keys.md says how to make others:"
    echo
    echo "    $first_key"
    echo
  fi
fi

# A second machine would have a volume, jobs and limits of its own.
act flyctl deploy . --config fly.toml --app "$app" --ha=false --yes
act deploy/smoke.sh "https://$app.fly.dev"
[[ -n $dry ]] || say "https://$app.fly.dev runs"
