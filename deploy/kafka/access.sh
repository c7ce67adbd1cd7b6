#!/usr/bin/env bash
# Gives each part of placewatch a user of its own in Kafka, with the rights that it needs and no others.
#
#   deploy/kafka/access.sh kafka:9093 admin.properties PASSWORDS
#
# admin.properties lets Kafka's own tools in as somebody who may alter users and access lists. PASSWORDS is a folder for
# a file of each user's password: one that is not there is made. Without it only the rights are given, to users that
# Kafka knows by their certificates for instance. Kafka's kafka-acls.sh and kafka-configs.sh have to be on PATH. What is
# given already stays; nothing is taken away. docs/deployment.md says who is who.
set -euo pipefail

server=$1
config=$2
passwords=${3:-}

if [[ -n $passwords ]]; then
  umask 077
  mkdir -p "$passwords"
  for user in prepare producer worker sink analyst reader; do
    [[ -s $passwords/$user ]] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' > "$passwords/$user"
    # A file, for everybody can read the words of a command.
    given=$(mktemp)
    printf 'SCRAM-SHA-512=password=%s\n' "$(<"$passwords/$user")" > "$given"
    kafka-configs.sh --bootstrap-server "$server" --command-config "$config" --alter --entity-type users \
      --entity-name "$user" --add-config-file "$given"
    rm -f "$given"
  done
fi

allow() { # USERS OPERATIONS RESOURCES...
  local words=() each
  for each in $1; do words+=(--allow-principal "User:$each"); done
  for each in $2; do words+=(--operation "$each"); done
  kafka-acls.sh --bootstrap-server "$server" --command-config "$config" --add --force "${words[@]}" "${@:3}"
}
on() { printf -- '--topic placewatch.%s.v1 ' "$@"; }

# Everybody looks whether the topics are there and have the partitions that are set.
allow 'prepare producer worker sink analyst' Describe --topic placewatch. --resource-pattern-type prefixed
# Makes the topics with their retention; tells watchlist and baselines, and what is watched no more.
allow prepare 'Create DescribeConfigs' --topic placewatch. --resource-pattern-type prefixed
# shellcheck disable=SC2046  # words of a command, one by one
{
  allow prepare Write $(on assertions watchlist)
  allow prepare Read $(on watchlist)
  allow producer Write $(on articles feeds deadletters)
  allow worker Read $(on articles readings assertions heard watchlist) --group placewatch
  allow worker Write $(on readings heard events statuses alerts heartbeats deadletters)
  allow sink Read $(on deadletters feeds heartbeats events statuses alerts) --group placewatch-sink
  allow sink Write $(on deadletters)
  # `placewatch set`, `placewatch watch`, and a board with a token.
  allow analyst Write $(on assertions watchlist)
  # `placewatch tail`, and programs of yours in groups whose names begin with reader-.
  allow reader Read $(on alerts statuses events heartbeats feeds readings articles assertions watchlist)
}
allow reader Read --group reader- --resource-pattern-type prefixed
# Faust's own topics: the changelogs of its tables, and the one by which workers agree on a leader.
allow worker 'Create Read Write' --topic placewatch- --resource-pattern-type prefixed
