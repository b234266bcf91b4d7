#!/bin/sh
# Starts the executable for Windows under Wine and walks the road with it: help, the look-alike, a sign-in, a job, its
# contracts, a chain, the check of the database, a backup, doctor, the server and a page.
# Needs `cargo xtask build --windows` and Wine. The last line says whether all held.
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
cp "$exe" "$folder/expirytrack.exe"
# Wine before 9 has no bcryptprimitives.dll, of which Rust wants one function; Windows has had it since version 8.
if ! find / -xdev -name bcryptprimitives.dll -path '*wine*' 2>/dev/null | grep -q .; then
    echo "--- this Wine lacks bcryptprimitives.dll: its one function is given to it"
    cat >"$folder/shim.c" <<'END'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count) { return SystemFunction036(bytes, (ULONG)count); }
END
    x86_64-w64-mingw32-gcc -shared -o "$folder/bcryptprimitives.dll" "$folder/shim.c" -ladvapi32
fi
track() { wine "$folder/expirytrack.exe" "$@"; }

trap 'wineserver -k 2>/dev/null; rm -rf "$folder"' EXIT

echo "--- help and version"
track --help >"$folder/help.txt"
grep -q "Collects, keeps and shows" "$folder/help.txt"
track --version

# Waits until an address answers; shows the log where it never does.
answers() {
    tries=0
    until curl -s -f -o "$folder/answer" "$1" || [ "$(curl -s -o /dev/null -w '%{http_code}' "$1")" = "${3:-200}" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || { cat "$2" >&2; exit 1; }
        sleep 1
    done
}

echo "--- the look-alike answers"
track simulate --addr "127.0.0.1:$port" --limits off >"$folder/simulate.log" 2>&1 &
answers "$url/" "$folder/simulate.log" 404

echo "--- sign-in, a job, its candles, the check"
echo simulated | track login --token-stdin --data-dir "$data" --upstox-url "$url"
track collect --underlying NIFTY --expiry 2025-08-28 --days 2 --strikes 3 --data-dir "$data" --upstox-url "$url"
track contracts NIFTY 2025-08-28 --data-dir "$data" --upstox-url "$url" | head -3
track chain NIFTY 2025-08-28 --at 2025-08-28T11:00 --data-dir "$data" | head -5
track verify --data-dir "$data"
track backup "$folder/copy.db" --data-dir "$data"
track doctor --data-dir "$data" | head -4

echo "--- the server and its pages"
pages=http://127.0.0.1:$((port + 1))
track serve --simulated --addr "127.0.0.1:$((port + 1))" --data-dir "$folder/served" >"$folder/serve.log" 2>&1 &
answers "$pages/readyz" "$folder/serve.log"
answers "$pages/chain" "$folder/serve.log"
grep -q "<title>Chain · ExpiryTrack</title>" "$folder/answer"
echo "all held"
