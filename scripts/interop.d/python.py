"""Python's `websockets` (and urllib for polls) against a backend: python.py BACKEND HOST:PORT"""

import json
import sys
import urllib.request

from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect

backend, at = sys.argv[1:]
query = "room=interop&name=python"


def heard(socket):
    return json.loads(socket.recv(timeout=10))


def over_websocket():
    chat = f"ws://{at}/chat?{query}"
    with connect(chat) as socket:
        hello = heard(socket)
        assert hello["type"] == "hello" and hello["backend"] == backend, hello
        socket.send(json.dumps({"type": "say", "text": "grüezi", "id": "1"}))
        said = heard(socket)
        assert (said["text"], said["id"], said["from"]) == ("grüezi", "1", "python"), said
        socket.close(1000)
        try:
            heard(socket)
            raise AssertionError("something came after the goodbye")
        except ConnectionClosedOK as closed:
            assert closed.rcvd.code == 1000, closed
    with connect(f"{chat}&since=0&epoch={hello['epoch']}") as socket:
        assert heard(socket)["type"] == "hello"
        assert heard(socket)["seq"] == said["seq"]
    with connect(f"{chat}&since=9&epoch=0000") as socket:
        assert heard(socket)["type"] == "hello"
        assert heard(socket)["type"] == "reset"


def ask(path, body=None):
    request = urllib.request.Request(f"http://{at}{path}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def over_polls():
    first = ask(f"/poll?{query}")
    seq = ask(f"/say?{query}", {"type": "say", "text": "grüezi"})["seq"]
    cursor = f"since={first['next']}&epoch={first['epoch']}"
    for _ in range(2):  # the second time it resumes
        answer = ask(f"/poll?{query}&{cursor}")
        assert [m["seq"] for m in answer["messages"]] == [seq], answer
    assert ask(f"/poll?{query}&since=9&epoch=0000")["reset"] is True


over_polls() if backend == "long-poll" else over_websocket()
print("say, receive, resume, reset, close")
