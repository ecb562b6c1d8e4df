#!/usr/bin/bash
# Ends with 0 when the service answers GET /livez with 200. Needs nothing but the shell: the image has nothing else.
set -eu
host=${HOST:-127.0.0.1}
case $host in
  # Which takes IPv4 as well.
  0.0.0.0 | ::) host=127.0.0.1 ;;
esac
exec 3<>"/dev/tcp/$host/${PORT:-8000}"
printf 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[[ $status == 200 ]]
