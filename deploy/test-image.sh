#!/usr/bin/env bash
# Builds the image of deploy/Dockerfile on a fresh Debian 12 root, then runs it as a container engine would: as the
# image's user, on a read-only root with DATA_DIR alone to write in, the service as process 1. Ends with its size.
#
#   deploy/test-image.sh              performs the file's steps itself; needs root and debootstrap
#   deploy/test-image.sh --buildah    has buildah build it, without a daemon
#
# Both stages that are shipped are tested with each place that an engine may give them for their data: `service` with a
# fresh volume, a tmpfs and no volume at all, `fly` with a volume of root's.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "test-image: $*" >&2
  exit 1
}

builder=steps
case $* in
  '') ;;
  --buildah) builder=buildah ;;
  *)
    sed -n '2,9s/^# \{0,1\}//p' deploy/test-image.sh >&2
    exit 2
    ;;
esac
[[ $EUID -eq 0 ]] || fail "needs root: sudo deploy/test-image.sh"
for tool in debootstrap unshare curl python3; do
  command -v "$tool" >/dev/null || fail "needs $tool: apt-get install debootstrap util-linux curl python3"
done
[[ $builder == steps ]] || command -v buildah >/dev/null || fail "needs buildah: apt-get install buildah crun"
# Whatever is mounted here ends with the script.
if [[ -z ${IN_OWN_NAMESPACE:-} ]]; then
  IN_OWN_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$@"
fi

work=$(mktemp -d /var/tmp/glyphgate-image.XXXXXX)
pid=
# Process 1 of the service's namespace: the child of $pid, which is in ours. It hands on signals and takes the ends of
# orphans.
first_pid() {
  tr -d ' ' <"/proc/$pid/task/$pid/children"
}
# The service: process 1 has it as its child, and later perhaps orphans beside it.
service_pid() {
  local first
  first=$(first_pid)
  cut -d ' ' -f 1 <"/proc/$first/task/$first/children"
}
cleanup() {
  [[ -z $pid ]] || kill -KILL "$(first_pid 2>/dev/null)" "$pid" 2>/dev/null || true
  [[ ! -d $work/store ]] || in_store umount --all >/dev/null
  # A mount that is left would be emptied through it.
  if grep -q " $work/" /proc/self/mountinfo; then
    awk -v work="$work/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | tac | xargs -r umount --lazy
  fi
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

# buildah with a store that goes with the script.
in_store() {
  BUILDAH_ISOLATION=chroot buildah --storage-driver vfs --root "$work/store" --runroot "$work/run" "$@"
}

echo "== A fresh Debian 12"
debootstrap --variant=minbase bookworm "$work/base" >"$work/log" 2>&1 || fail "debootstrap: $(tail -5 "$work/log")"
for file in /etc/apt/apt.conf.d/*proxy*; do
  [[ ! -e $file ]] || cp "$file" "$work/base/etc/apt/apt.conf.d/"
done

echo "== The image, by $builder"
begin=$SECONDS
stages=(service fly)
if [[ $builder == steps ]]; then
  deploy/dockerfile.py build deploy/Dockerfile . "$work/base" "$work/stages" "${stages[@]}"
else
  mkdir "$work/stages"
  base=$(in_store from scratch)
  in_store add -q "$base" "$work/base" / >/dev/null
  in_store commit -q "$base" localhost/base >/dev/null
  for stage in "${stages[@]}"; do
    in_store bud --format docker --layers --pull-never --build-arg BASE=localhost/base --target "$stage" \
      -f deploy/Dockerfile -t "localhost/$stage" .
    mkdir "$work/stages/$stage"
    mount --bind "$(in_store mount "$(in_store from --pull-never "localhost/$stage")")" "$work/stages/$stage"
  done
fi
echo "Built in $((SECONDS - begin)) s."

# port_of LOG: the port that the service says it listens on; nothing before it does.
port_of() {
  sed -n 's/.*"event":"started".*"port":\([0-9]*\).*/\1/p' "$1" 2>/dev/null
}

status_of() {
  sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status" | tr -s '[:space:]' ' ' | sed 's/ $//'
}

# try_stage STAGE PLACE: runs the stage with its data in PLACE, which is a fresh volume, a volume of root's, a tmpfs, or
# the container itself, whose root can then be written.
# shellcheck disable=SC2154  # what begins with image_ comes from dockerfile.py
try_stage() {
  local stage=$1 place=$2 root=$work/stages/$1 volume=$work/volume log=$work/service.log port url
  local chroot
  chroot=$(command -v chroot)
  echo "== The stage $stage, with its data in: $place"
  eval "$(deploy/dockerfile.py config deploy/Dockerfile "$stage")"
  if [[ $builder == buildah ]]; then
    local built
    built=$(in_store inspect --type image --format '{{.Docker.Config.User}} {{.Docker.Config.Entrypoint}}' "localhost/$stage")
    [[ $built == "$image_user [${image_entrypoint[*]}]" ]] || fail "the image says $built"
  fi
  [[ ${image_volumes[*]} == /data ]] || fail "the volumes are ${image_volumes[*]}, not /data"
  if [[ $place == "the container" ]]; then
    cp -a "$root" "$work/container"
    root=$work/container
  fi
  mount --bind "$root" "$root"
  case $place in
    "a fresh volume")
      # Of the image's owner and mode, with the image's contents.
      cp -a "$root/data" "$volume"
      mount --bind "$volume" "$root/data"
      ;;
    "a volume of root's")
      mkdir "$volume"
      mount --bind "$volume" "$root/data"
      ;;
    "a tmpfs")
      # Of root's, with the mode of the directory that it covers.
      mount -t tmpfs -o "nosuid,nodev,noexec,mode=$(stat -c %a "$root/data")" tmpfs "$root/data"
      ;;
  esac
  mount --rbind /dev "$root/dev"
  [[ $place == "the container" ]] || mount -o remount,bind,ro "$root"

  env -i "${image_env[@]}" PORT=0 unshare --pid --fork --mount-proc="$root/proc" \
    "$chroot" --userspec="$image_user" "$root" /usr/bin/sh -c "cd '$image_workdir' && exec \"\$@\"" sh \
    "${image_entrypoint[@]}" 2>"$log" &
  pid=$!
  local deadline=$((SECONDS + 20)) begin
  begin=$(date +%s%N)
  until port=$(port_of "$log") && [[ -n $port ]] &&
    url=http://127.0.0.1:$port && curl --noproxy '*' -fs -o /dev/null --max-time 1 "$url/readyz"; do
    kill -0 "$pid" 2>/dev/null || fail "the service ended: $(cat "$log")"
    ((SECONDS < deadline)) || fail "the service is not ready after 20 s: $(cat "$log")"
  done
  echo "Ready after $((($(date +%s%N) - begin) / 1000000)) ms."

  local service first child
  first=$(first_pid)
  service=$(service_pid)
  [[ $(status_of Name "$first") == glyphgate ]] || fail "process 1 is $(status_of Name "$first")"
  [[ $(awk '$1 == "NSpid:" { print $NF }' "/proc/$first/status") == 1 ]] || fail "its parent is not process 1"
  [[ $(status_of Name "$service") == glyphgate ]] || fail "the service is $(status_of Name "$service")"
  [[ $(status_of Uid "$service") == "10001 10001 10001 10001" ]] || fail "it runs as $(status_of Uid "$service")"
  [[ $(status_of Gid "$service") == "10001 10001 10001 10001" ]] || fail "its group is $(status_of Gid "$service")"
  [[ $(status_of CapEff "$service") == 0000000000000000 ]] || fail "it has rights of root"
  [[ $place == "the container" ]] || ! touch "$root/written" 2>/dev/null || fail "the root is not read-only"

  deploy/smoke.sh "$url"

  env -i "${image_env[@]}" PORT="$port" "$chroot" --userspec=10001:10001 "$root" "${image_healthcheck[@]}" ||
    fail "the health check fails while the service runs"
  echo "Memory: $(status_of VmRSS "$service") now, $(status_of VmHWM "$service") at most."

  # An orphan, as `docker exec` may leave one, whose end somebody must take.
  nsenter --target "$first" --pid --fork -- sh -c 'sh -c "exit 0" & exit 0'
  deadline=$((SECONDS + 10))
  while for child in $(<"/proc/$first/task/$first/children"); do status_of State "$child"; done | grep -q '^Z'; do
    ((SECONDS < deadline)) || fail "process 1 leaves zombies"
  done

  kill -s "$image_stop_signal" "$first"
  local status=0
  wait "$pid" || status=$?
  pid=
  [[ $status -eq 0 ]] || fail "the service ended with $status: $(tail -3 "$log")"
  if env -i "${image_env[@]}" PORT="$port" "$chroot" --userspec=10001:10001 "$root" "${image_healthcheck[@]}" \
    2>/dev/null; then
    fail "the health check passes where no service runs"
  fi
  grep -q '"stopped"' "$log" || fail "no word of the stop in the log: $(tail -3 "$log")"
  [[ $(stat -c %u "$root/data/glyphgate.db") == 10001 ]] || fail "there is no database of the service's in /data"
  [[ -z $(find "$root" -xdev -perm /6000) ]] || fail "the image holds programs that change their user"
  umount --lazy "$root/dev"
  [[ $place == "the container" ]] || umount "$root/data"
  umount --lazy "$root"
  rm -rf --one-file-system "$volume" "$work/container"
}

try_stage service "a fresh volume"
try_stage service "a tmpfs"
try_stage service "the container"
try_stage fly "a volume of root's"

image=$work/stages/service
tests/deploy/cyclonedx.py "$image/usr/share/sbom/glyphgate.cdx.json" "$image"
echo "== Size: $(du -s -B1M --apparent-size "$image" | cut -f1) MiB, $(tar -C "$image" -c . | gzip -6 | wc -c |
  awk '{ printf "%.0f", $1 / 1048576 }') MiB as a compressed layer"
du -B1M -d1 --apparent-size "$image/usr/lib" "$image/usr/bin" "$image/usr/share" | sort -rn | head -6
