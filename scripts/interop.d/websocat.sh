# websocat against a backend: bash websocat.sh BACKEND HOST:PORT
set -euo pipefail
backend=$1 at=ws://$2
has() { case $1 in *"$2"*) ;; *) echo "no '$2' in: $1"; exit 1 ;; esac; }

if [ "$backend" = long-poll ]; then
    echo 'nothing: websocat speaks no HTTP polls'
    exit
fi
query='room=interop&name=websocat'
# Its input stays open until the answer must have come, then it says goodbye.
talk() { { [ -z "$2" ] || echo "$2"; sleep 1; } | timeout 10 websocat "$at/chat?$query$1"; }
heard=$(talk '' '{"type":"say","text":"grüezi","id":"1"}')
has "$heard" '"type":"hello"'
has "$heard" '"text":"grüezi"'
epoch=$(sed -n 's/.*"epoch":"\([^"]*\)".*/\1/p' <<<"$heard" | head -1)
has "$(talk "&since=0&epoch=$epoch" '')" '"seq":1'
has "$(talk '&since=1&epoch=0000' '')" '"type":"reset"'
echo 'say, receive, resume, reset, close'
