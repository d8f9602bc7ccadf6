"""The values of PROTOCOL.md: MessagePack, and of its extensions those that a client cannot do without."""

import struct

UNDEFINED = object()


class RemoteError(Exception):
    """Extension 9: an Error, with its class's name and its fields."""

    def __init__(self, class_name, message, fields=None, name=None, stack=None, cause=UNDEFINED, errors=None):
        super().__init__(f"{class_name}: {message}")
        self.class_name, self.message, self.fields = class_name, message, fields or {}
        self.name, self.stack, self.cause, self.errors = name or class_name, stack, cause, errors

    @property
    def code(self):
        return self.fields.get("code")


def task_error(code, message):
    return RemoteError("TaskError", message, {"code": code})


def pack(value):
    """Any form of a length is understood; the short ones are for the heads of large frames."""
    if value is None or value is True or value is False:
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if value is UNDEFINED:
        return b"\xd4\x00\x00"
    if isinstance(value, int):
        return struct.pack("b", value) if -32 <= value < 128 else b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode()
        return head(0xA0, 32, 0xDB, len(text)) + text
    if isinstance(value, bytes):
        return head(0, 0, 0xC6, len(value)) + value
    if isinstance(value, (list, tuple)):
        return head(0x90, 16, 0xDD, len(value)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        return head(0x80, 16, 0xDF, len(value)) + b"".join(pack(part) for pair in value.items() for part in pair)
    if isinstance(value, RemoteError):
        content = b"".join(map(pack, (value.class_name, value.name, value.message, value.stack))) + b"\x00"
        content += b"".join(pack(part) for pair in value.fields.items() for part in pair)
        return head(0, 0, 0xC9, len(content)) + b"\x09" + content
    raise TypeError(f"Cannot send a value of type {type(value).__name__}")


def head(short, most, long, length):
    return bytes([short | length]) if length < most else struct.pack(">BI", long, length)


class Reader:
    """Takes values from bytes."""

    NUMBERS = dict(zip(range(0xCA, 0xD4), (">f", ">d", ">B", ">H", ">I", ">Q", ">b", ">h", ">i", ">q")))

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError("the message ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def length(self, step):
        return self.number((">B", ">H", ">I")[step])

    def rest(self):
        values = []
        while self.at < len(self.data):
            values.append(self.value())
        return values

    def value(self):
        code = self.take(1)[0]
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 0x100
        if code < 0x90:
            return self.map(code & 0x0F)
        if code < 0xA0:
            return [self.value() for _ in range(code & 0x0F)]
        if code < 0xC0:
            return self.take(code & 0x1F).decode()
        if code in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[code]
        if code in self.NUMBERS:
            return self.number(self.NUMBERS[code])
        if 0xC4 <= code <= 0xC6:
            return self.take(self.length(code - 0xC4))
        if 0xC7 <= code <= 0xC9:
            return self.extension(self.length(code - 0xC7))
        if 0xD4 <= code <= 0xD8:
            return self.extension(1 << (code - 0xD4))
        if 0xD9 <= code <= 0xDB:
            return self.take(self.length(code - 0xD9)).decode()
        if code in (0xDC, 0xDD):
            return [self.value() for _ in range(self.length(code - 0xDB))]
        if code in (0xDE, 0xDF):
            return self.map(self.length(code - 0xDD))
        raise ValueError(f"0x{code:x} starts no value")

    def map(self, size):
        return {self.value(): self.value() for _ in range(size)}

    def extension(self, length):
        kind = self.number(">b")
        inner = Reader(self.take(length))
        if kind == 0:
            return UNDEFINED if inner.data == b"\x00" else ("invalid Date",)
        if kind == 1:
            return inner.data.decode("utf-16-le", "surrogatepass")
        if kind == 2:
            return int.from_bytes(inner.data[1:], "big") * (-1 if inner.data[0] else 1)
        if kind == 9:
            return inner.error()
        # The others of the table: whoever wants them turns them into something of his own.
        return (kind, inner.data if kind in (-1, 6) else inner.rest())

    def error(self):
        class_name, name, message, stack = (self.value() for _ in range(4))
        bits = self.take(1)[0]
        cause = self.value() if bits & 1 else UNDEFINED
        errors = self.value() if bits & 2 else None
        rest = self.rest()
        return RemoteError(class_name, message, dict(zip(rest[::2], rest[1::2])), name, stack, cause, errors)


def unpack(data):
    reader = Reader(data)
    value = reader.value()
    if reader.at != len(data):
        raise ValueError("something follows the value")
    return value
