"""A client of the task server in Python, written from PROTOCOL.md alone: its standard library is enough.

It is here to hold that the document is true, and as an example for clients in other languages. It waits by reading:
whoever waits for a reply, a result or an item handles whatever else comes meanwhile, pings above all.
"""

import hashlib
import hmac
import os
import socket
import ssl
import struct
import uuid

from values import RemoteError, pack, task_error, unpack

VERSION = 5
CALL, REPLY, FAILURE, PUSH, BYE, PING, PONG = range(7)


class Client:
    """One connection at a time. `connect` again after it was lost: what was awaited is asked for again."""

    def __init__(self, host, port, authkey, ca_file=None):
        self.address, self.key, self.ca_file = (host, port), authkey, ca_file
        self.last_call, self.answers, self.results, self.pings = 0, {}, {}, 0
        self.wanted, self.streams, self.pushes = {}, {}, []
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(self.address)
        self.socket.settimeout(60)
        if self.ca_file is not None:
            context = ssl.create_default_context(cafile=self.ca_file)
            self.socket = context.wrap_socket(self.socket, server_hostname=self.address[0])
        own = os.urandom(32)
        self.send(["palpable", VERSION, "client", own])
        kind, _, other = self.handshake_frame()
        assert kind == "challenge"
        self.send(["proof", self.mac("client", own, other)])
        if not hmac.compare_digest(self.handshake_frame()[1], self.mac("server", own, other)):
            raise ConnectionError("the server did not prove that it knows the key")
        for body in list(self.wanted.values()):
            self.call("submit", body)
        for stream in self.streams.values():
            stream.attach()

    def mac(self, role, client_nonce, server_nonce):
        carrier = "plain" if self.ca_file is None else "tls"
        text = f"palpable {VERSION} {role} {carrier}".encode() + b"\0" + client_nonce + server_nonce
        return hmac.new(self.key, text, hashlib.sha256).digest()

    def handshake_frame(self):
        frame = self.receive()
        if frame[0] == "refused":
            raise task_error(frame[1], frame[2])
        return frame

    def send(self, frame):
        data = pack(frame)
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def receive(self):
        return unpack(self.exactly(struct.unpack(">I", self.exactly(4))[0]))

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError("the server closed the connection")
            data += more
        return data

    def lose(self):
        """As if the network had: no bye."""
        self.socket.close()

    def close(self):
        self.send([BYE, task_error("CONNECTION_CLOSED", "The client is done")])
        self.socket.close()

    def until(self, is_done):
        while not is_done():
            self.handle(self.receive())

    def handle(self, frame):
        if frame[0] == PING:
            self.pings += 1
            self.send([PONG])
        elif frame[0] in (REPLY, FAILURE):
            self.answers[frame[1]] = frame[2]
        elif frame[0] == CALL:
            self.send([FAILURE, frame[1], task_error("UNKNOWN_COMMAND", "A client has no such command")])
        elif frame[0] == BYE:
            raise frame[1]
        elif frame[0] == PUSH:
            self.on_push(frame[1], frame[2])

    def on_push(self, topic, body):
        if topic == "results":
            for result in body:
                self.results[result[0]] = result
                self.wanted.pop(result[0], None)
            self.push("ack", [result[0] for result in body])
        elif topic in ("items", "itemsEnd", "inputTaken") and body[0] in self.streams:
            self.streams[body[0]].on_push(topic, body[1:])
        else:
            self.pushes.append((topic, body))

    def call(self, command, body):
        self.last_call += 1
        number = self.last_call
        self.send([CALL, number, command, body])
        self.until(lambda: number in self.answers)
        answer = self.answers.pop(number)
        if isinstance(answer, RemoteError):
            raise answer
        return answer

    def push(self, topic, body):
        self.send([PUSH, topic, body])

    # Tasks

    def submit(self, target, inputs, group=None, awaited=True, **profile):
        """Each input is the list of a task's arguments. Gives the ids."""
        tasks = [[str(uuid.uuid4()), pack(args)] for args in inputs]
        body = {"profile": {"target": target, **profile}, "await": awaited, "group": group}
        if awaited and not profile.get("stream"):
            self.wanted.update({id: {**body, "tasks": [[id, args]]} for id, args in tasks})
        try:
            self.call("submit", {**body, "tasks": tasks})
        except RemoteError:
            for id, _ in tasks:
                self.wanted.pop(id, None)
            raise
        return [id for id, _ in tasks]

    def data_of(self, id):
        """What the task gave; raises what it raised."""
        self.until(lambda: id in self.results)
        value = unpack(self.results[id][3])
        if self.results[id][1] == "succeeded":
            return value
        raise value

    def run(self, target, *args):
        return self.data_of(self.submit(target, [args])[0])

    def map(self, target, items):
        ids = self.submit(target, [[item] for item in items], group=[str(uuid.uuid4()), None])
        return [self.data_of(id) for id in ids]


class Stream:
    """A task's items, and those for it, under flow control."""

    WINDOW_ITEMS, WINDOW_BYTES = 1024, 1024 * 1024

    def __init__(self, client, target, *args, order=None, **profile):
        self.client, self.items, self.received, self.taken, self.total = client, [], 0, 0, None
        self.kept, self.sent, self.room, self.input_total = [], 0, True, None
        self.id = client.submit(target, [args if order is None else order], stream=True, **profile)[0]
        client.streams[self.id] = self

    def on_push(self, topic, body):
        if topic == "items" and body[0] >= self.received:
            assert body[0] == self.received, "a gap"
            self.items += unpack(body[2])
            self.received += body[1]
        elif topic == "itemsEnd":
            self.total = body[0]
        elif topic == "inputTaken":
            self.forget(body[0])

    def take(self):
        """All that has come, at least one item; an empty list at the end."""
        self.client.until(lambda: self.items or self.received == self.total)
        items, self.items, self.taken = self.items, [], self.received
        self.client.push("taken", [self.id, self.taken])
        return items

    def send(self, value):
        items = pack([value])
        self.client.until(lambda: len(self.kept) < self.WINDOW_ITEMS and sum(map(len, self.kept)) < self.WINDOW_BYTES)
        self.kept.append(items)
        self.client.push("input", [self.id, self.sent, 1, items])
        self.sent += 1

    def end(self):
        self.input_total = self.sent
        self.client.push("inputEnd", [self.id, self.sent])

    def forget(self, taken):
        self.kept = self.kept[max(0, len(self.kept) - (self.sent - taken)) :]

    def attach(self):
        known = self.client.call("attach", {"taskId": self.id, "received": self.received})
        if known is None:
            self.total = self.received
        else:
            self.forget(known[1])
            for number in range(known[0], self.sent):
                items = self.kept[number - known[1]]
                self.client.push("input", [self.id, number, 1, items])
            if self.input_total is not None:
                self.client.push("inputEnd", [self.id, self.input_total])
            self.client.push("taken", [self.id, self.taken])
        self.client.call("await", {"ids": [self.id]})
