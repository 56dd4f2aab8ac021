"""What a page did that no page of ours may do: speak to the console, fail, break its own rules, or ask for anything."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Dialog, Error, Page, Request, WebSocket

#: Run before each page: it notes what its policy (CSP) refused.
_NOTES = """
globalThis.refusedByPolicy = [];
document.addEventListener("securitypolicyviolation", (event) => {
  refusedByPolicy.push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""


class Watch:
    """One page and its complaints."""

    def __init__(self, page: Page, path: Path) -> None:
        """Listen before the page is opened; ``path`` is the one file that it may be."""
        self.page = page
        self.address = path.resolve().as_uri()
        self._said: list[str] = []
        page.add_init_script(_NOTES)
        page.on("console", self._console)
        page.on("pageerror", self._error)
        page.on("request", self._request)
        page.on("websocket", self._socket)
        page.on("dialog", self._dialog)

    def complaints(self) -> list[str]:
        """Give what the page did so far; Chromium and Firefox differ in words, not in whether there are any."""
        refused: list[str] = []
        loaded: list[str] = []
        if not self.page.is_closed():
            refused = self.page.evaluate("globalThis.refusedByPolicy ?? []")
            loaded = self.page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
        said = [*self._said, *(f"refused by policy: {one}" for one in refused)]
        return said + [f"loaded: {one}" for one in loaded if not self._own(one)]

    def _own(self, address: str) -> bool:
        return address.partition("#")[0] == self.address or address.startswith(("data:", "blob:"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self._said.append(f"console {message.type}: {message.text}")

    def _error(self, error: Error) -> None:
        self._said.append(f"error: {error}")

    def _request(self, request: Request) -> None:
        if not self._own(request.url):
            self._said.append(f"request: {request.url[:200]}")

    def _socket(self, one: WebSocket) -> None:
        self._said.append(f"web socket: {one.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self._said.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """Listen on this machine; give the port, and the first lines of all that is asked, as they come."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, asked), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1], asked
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, asked: list[bytes]) -> None:
    """Answer everybody with nothing."""
    while True:
        try:
            one, _ = server.accept()
        except OSError:
            return
        with one, suppress(OSError):  # some are opened ahead, and never asked for anything
            one.settimeout(5)
            asked.append(one.recv(1024).partition(b"\r\n")[0])
            one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
