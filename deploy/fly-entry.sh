#!/usr/bin/bash
# The image's entry on Fly.io. A volume may arrive owned by root there: gives it to the service's user, becomes that
# user for good, and hands over its process.
set -euo pipefail
chown -R glyphgate:glyphgate "$DATA_DIR"
exec setpriv --reuid=glyphgate --regid=glyphgate --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \
  /usr/bin/glyphgate "$@"
