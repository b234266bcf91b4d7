#!/bin/sh
# Starts the executable for Windows under Wine and walks the road with it: help, the look-alike, a sign-in, a job, its
# candles, the check of the database. Needs `cargo xtask build --windows` and Wine. The last line says whether all held.
set -eu
cd "$(dirname "$0")/../.." || exit 1
exe=${1:-target/x86_64-pc-windows-gnu/release/expirytrack.exe}
[ -f "$exe" ] || { echo "$exe is not there: cargo xtask build --windows makes it" >&2; exit 1; }
command -v wine >/dev/null || { echo "wine is not here: install it (Debian: sudo apt install wine)" >&2; exit 1; }

folder=$(mktemp -d)
WINEPREFIX="$folder/wine"
WINEDEBUG=-all
export WINEPREFIX WINEDEBUG
port=$((20000 + $$ % 20000))
url="http://127.0.0.1:$port"
data="$folder/data"
track() { wine "$exe" "$@"; }

track simulate --addr "127.0.0.1:$port" --limits off >"$folder/simulate.log" 2>&1 &
simulate=$!
trap 'kill "$simulate" 2>/dev/null; wineserver -k 2>/dev/null; rm -rf "$folder"' EXIT

echo "--- help and version"
track --help >"$folder/help.txt"
grep -q "Collects, keeps and shows" "$folder/help.txt"
track --version

echo "--- the look-alike answers"
tries=0
until curl -s -o /dev/null "$url/"; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || { cat "$folder/simulate.log" >&2; exit 1; }
    sleep 1
done

echo "--- sign-in, a job, its candles, the check"
echo simulated | track login --token-stdin --data-dir "$data" --upstox-url "$url"
track collect --underlying NIFTY --expiry 2025-08-28 --days 2 --strikes 3 --data-dir "$data" --upstox-url "$url"
track contracts NIFTY 2025-08-28 --data-dir "$data" --upstox-url "$url" | head -3
track chain NIFTY 2025-08-28 --at 2025-08-28T11:00 --data-dir "$data" | head -5
track verify --data-dir "$data"
track backup "$folder/copy.db" --data-dir "$data"
track doctor --data-dir "$data" | head -4
echo "all held"
