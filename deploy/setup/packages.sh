#!/bin/sh
# Makes sure that each command named as `command:package` is there, by Debian's packages where apt can be used.
set -eu
missing=""
for pair in "$@"; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "These are needed and missing:$missing. Install them with your system's package tool, then try again." >&2
  exit 2
fi
if [ "$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo -n"; else
  echo "These are needed and missing:$missing. Run: sudo apt-get install -y$missing" >&2
  exit 2
fi
echo "Installing$missing"
$as apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $missing >/dev/null
