# curl against a backend: bash curl.sh BACKEND HOST:PORT
set -euo pipefail
backend=$1 at=http://$2
ask() { curl --silent --show-error --fail --max-time 10 "$@"; }
has() { case $1 in *"$2"*) ;; *) echo "no '$2' in: $1"; exit 1 ;; esac; }

if [ "$backend" != long-poll ]; then
    # Without a WebSocket of its own curl can join and listen, but not speak.
    listen() {
        curl --silent --no-buffer --max-time 2 --output - --http1.1 \
            -H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Version: 13' \
            -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' "$at/chat?room=interop&name=curl$1" |
            tr -d '\000' || true
    }
    has "$(listen '')" '"type":"hello"'
    has "$(listen '&since=0&epoch=0000')" '"type":"reset"'
    echo 'receive, reset (no say, no close: this curl speaks no WebSocket)'
    exit
fi
query='room=interop&name=curl'
first=$(ask "$at/poll?$query")
epoch=$(sed 's/.*"epoch":"\([^"]*\)".*/\1/' <<<"$first")
has "$(ask -H 'Content-Type: application/json' -d '{"type":"say","text":"grüezi"}' "$at/say?$query")" '"seq":1'
has "$(ask "$at/poll?$query&since=0&epoch=$epoch")" '"text":"grüezi"'
ask -H 'Content-Type: application/json' -d '{"type":"say","text":"again"}' "$at/say?$query" >/dev/null
has "$(ask "$at/poll?$query&since=1&epoch=$epoch")" '"seq":2'
has "$(ask "$at/poll?$query&since=1&epoch=0000")" '"reset":true'
has "$(ask --include -H 'Connection: close' "$at/health")" 'onnection: close'
echo 'say, receive, resume, reset, close'
