"""What a screen and a browser are to the agent: programs that listen and answer. As a script it is one of them."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading

BANNER = b"RFB 003.008\n"
VERSION = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"webSocketDebuggerUrl": "ws://localhost/devtools/browser/1"}'


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Config:
    """Written into a folder of the test's; `screen` and `browser` say how those behave."""

    def __init__(self, folder: str, screen: str = "screen", browser: str | None = "browser", copy: str | None = None) -> None:
        self.vnc_port, self.cdp_port = free_port(), free_port()
        self.password_of_screen = copy or os.path.join(folder, "password")
        self.left_behind = os.path.join(folder, "left-behind")
        self.path = os.path.join(folder, "desktop.json")
        os.makedirs(os.path.join(folder, "pages"))
        self.write(folder, "pages/vnc_lite.html", "<p>lite</p>")
        self.write(folder, "pages/viewer.js", "1")
        self.write(folder, "secret", "not a page")
        config: dict[str, object] = {
            "vnc_port": self.vnc_port,
            "viewer": "pages",
            "password_command": ["/bin/sh", "-c", "cat; printf .made"],
            "screen": {
                "command": [sys.executable, __file__, screen, str(self.vnc_port), "{password_file}", self.password_of_screen],
                "remove": [self.left_behind],
            },
        }
        if browser is not None:
            config["cdp_port"] = self.cdp_port
            config["programs"] = [{"name": "browser", "command": [sys.executable, __file__, browser, str(self.cdp_port)]}]
        self.write(folder, "desktop.json", json.dumps(config))
        self.environment = {"AGENT_DESKTOP_CONFIG": self.path}

    def write(self, folder: str, name: str, text: str) -> None:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def main(kind: str, port: int, *further: str) -> None:
    if kind == "broken":
        sys.exit("cannot open display")
    if further:
        password_file, copy = further
        with open(password_file, encoding="utf-8") as source, open(copy, "w", encoding="utf-8") as target:
            target.write(source.read())
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(16)
    serve = {"screen": echo, "silent": hang, "browser": answer, "garbage": talk_nonsense}[kind]
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(sock,), daemon=True).start()


def echo(sock: socket.socket) -> None:
    with sock:
        sock.sendall(BANNER)
        while data := sock.recv(65536):
            if data == b"flood":
                sock.sendall(b"x" * (8 << 20))
            elif data == b"end":
                return
            elif data == b"die":
                os._exit(3)
            else:
                sock.sendall(data)


def hang(sock: socket.socket) -> None:
    with sock:
        sock.recv(1)
        threading.Event().wait()


def answer(sock: socket.socket) -> None:
    with sock:
        if b"close" in sock.recv(65536).split(b"\r\n")[0]:
            os._exit(0)
        sock.sendall(VERSION)


def talk_nonsense(sock: socket.socket) -> None:
    with sock:
        sock.sendall(b"\0" * 100_000)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
