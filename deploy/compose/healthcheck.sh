#!/usr/bin/env bash
# Exits 0 when a page of the service in this container says 200: what Docker asks every few seconds. Without Python,
# which would take as long to start as a busy machine gives it.
# usage: healthcheck.sh [PORT [PATH]]
set -euo pipefail
exec 3<> "/dev/tcp/127.0.0.1/${1:-8080}"
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "${2:-/readyz}" >&3
IFS= read -r -t 8 answer <&3
[[ $answer == HTTP/1.?' 200 '* ]]
