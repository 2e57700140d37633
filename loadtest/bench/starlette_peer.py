"""What most people would write: Starlette's WebSockets on uvicorn, and a loop of `send_text`.

Knows no rooms, no log and no accounts; says lines of a given length at a given pace when told by HTTP. Run by the
bench as a process of its own: `python -m loadtest.bench.starlette_peer PORT`.
"""

import asyncio
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

_members: set[WebSocket] = set()


async def attend(socket: WebSocket) -> None:
    """One member, until it leaves."""
    await socket.accept()
    _members.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        _members.discard(socket)


async def talk(request: Request) -> JSONResponse:
    """Say `messages` lines of `payload` bytes to everyone, `rate` a second."""
    asked = request.query_params
    line, gap_s = "x" * int(asked["payload"]), 1 / float(asked["rate"])
    loop = asyncio.get_running_loop()
    due = loop.time()
    sent = 0
    for _ in range(int(asked["messages"])):
        for member in list(_members):
            await member.send_text(line)
            sent += 1
        due += gap_s
        await asyncio.sleep(max(0.0, due - loop.time()))
    return JSONResponse({"sent": sent})


async def ready(_request: Request) -> PlainTextResponse:
    """The process listens."""
    return PlainTextResponse("ready")


app = Starlette(routes=[Route("/healthz", ready), Route("/talk", talk), WebSocketRoute("/live/demo", attend)])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False, backlog=4096)
