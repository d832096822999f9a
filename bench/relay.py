"""Passes everything on to a Docker engine and notes when each create began. Stands between a server and its engine."""
import contextlib
import os
import re
import socket
import tempfile
import threading
import time

CREATE = re.compile(rb"^POST (/v[0-9.]+)?/containers/create[? ]")


class Relay:
    def __init__(self, engine_path):
        self.engine_path = engine_path
        self.folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.path = os.path.join(self.folder.name, "engine.sock")
        self.address = "unix://" + self.path
        self.creates = []  # time.perf_counter() when the request arrived
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return  # closed
            engine = socket.socket(socket.AF_UNIX)
            try:
                engine.connect(self.engine_path)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._pass, args=(client, engine, self._note), daemon=True).start()
            threading.Thread(target=self._pass, args=(engine, client, lambda _: None), daemon=True).start()

    def _note(self, data):
        # A client sends a request's head in a piece of its own or with its body, and the next one after the answer.
        if CREATE.match(data):
            self.creates.append(time.perf_counter())

    @staticmethod
    def _pass(source, target, note):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                note(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.close()
        self.folder.cleanup()
