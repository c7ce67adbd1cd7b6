#!/usr/bin/env bash
# Makes the passwords that docker-compose.yml takes as files, each once: one that is there stays as it is.
# usage: make-secrets.sh [FOLDER]      (./secrets)
set -euo pipefail
folder=${1:-secrets}
mkdir -p "$folder"
# Who may not enter the folder cannot read what is in it. The files themselves are readable, because each is mounted
# alone into a container whose user is not you.
chmod 700 "$folder"
for name in postgres_password grafana_password; do
  file=$folder/$name
  if [ -e "$file" ]; then
    echo "$file is there, left as it is"
    continue
  fi
  # 32 bytes of the system's randomness, as 64 hexadecimal digits.
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$file"
  chmod 444 "$file"
  echo "$file made"
done
