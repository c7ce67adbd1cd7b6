#!/bin/sh
# Prints what holds at every place now, then what changes; with kcat and jq (apt install kcat jq).
#
#   sh places_kcat.sh localhost:9092
set -eu
servers=${1:-localhost:9092}
statuses=placewatch.statuses.v1
alerts=placewatch.alerts.v1
line='"\(.place): \(.control)"
      + (if .holder then (if .control == "held" then " by " else ", held by " end) + .holder else "" end)
      + ", \(.certainty)"'

# What comes from a minute before now on is followed: kcat keeps no offsets between its runs, and a repeat does no harm.
since=$(( ($(date +%s) - 60) * 1000 ))

# From the beginning to the end (-e), every record as a line of JSON with key, headers and payload (-J). The newest of
# each key stays; a tombstone, a record without a payload, takes it away.
kcat -b "$servers" -C -t $statuses -o beginning -e -q -J |
  jq -rn "reduce inputs as \$m ({}; if \$m.payload then .[\$m.key] = \$m.payload else del(.[\$m.key]) end)
          | [.[] | fromjson] | sort_by(.place)[] | \"now      \" + $line"

# Ends what follows with the script; another script should start this one with setsid, for it ends its whole group.
trap 'trap - TERM; kill 0' EXIT INT TERM
kcat -b "$servers" -C -t $statuses -o "s@$since" -q -u -J |
  jq --unbuffered -r "if .payload then .payload | fromjson | \"changed  \" + $line else \"gone     \" + .key end" &

# Alerts are CloudEvents: their headers are a list of names and values, one after the other.
kcat -b "$servers" -C -t $alerts -o "s@$since" -q -u -J |
  jq --unbuffered -r '(.headers | [recurse(.[2:]; length > 1)] | map({(.[0]): .[1]}) | add) as $ce
          | .payload | fromjson | "alert    \($ce.ce_id) \(.msg_type): \(.headline)"' &
wait
