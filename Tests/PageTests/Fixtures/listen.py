"""Prints the events of a stream as httpx-sse reads them, one JSON object a line, until so many messages have come."""

import json
import sys

import httpx
import httpx_sse

url, messages = sys.argv[1], int(sys.argv[2])
with httpx.Client(timeout=60, trust_env=False) as client:
    with httpx_sse.connect_sse(client, "GET", url) as stream:
        for event in stream.iter_sse():
            print(json.dumps({"event": event.event, "data": event.data, "id": event.id}), flush=True)
            messages -= event.event == "message"
            if messages == 0:
                break
