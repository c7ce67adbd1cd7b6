#!/usr/bin/env bash
# Does the wheel work with its runtime dependencies alone, away from the checkout? Catches undeclared dependencies
# and data files that were not packaged.
set -euo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1'
"$folder/venv/bin/pip" install -q --disable-pip-version-check -c "$repo/constraints.txt" "$repo[embedded]"
cd "$folder"
export PATH="$folder/venv/bin:$PATH" PLACEWATCH_STATE_DIR="$folder/state"

fail() { echo "clean install: $*" >&2; exit 1; }

placewatch --version
placewatch schemas --check
placewatch watch add "Homs, Syria"
placewatch watch check
cat > article.jsonl <<'LINE'
{"id": "a1", "published": "2024-12-08", "title": "Rebels capture Homs", "text": "Syrian rebels captured the city of Homs overnight, the army said."}
LINE
placewatch extract --watchlist watchlist.yaml article.jsonl | tee read.json
grep -q '"captured"' read.json || fail "extract did not read a plain capture"
placewatch replay --watchlist watchlist.yaml article.jsonl | tee alerts.json
grep -q '"Homs, Syria"' alerts.json || fail "replay gave no alert"
python -c 'from sinks.rendering import cap, columns; cap._table(), columns._acled_types()' || fail "codes of CAP or ACLED are not packaged"
placewatch status >/dev/null 2>&1 && fail "status without a ledger must not exit 0"
echo "clean install: ok"
