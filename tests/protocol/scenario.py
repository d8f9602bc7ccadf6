"""What client.py can do with a server, step by step: `scenario.py HOST PORT AUTHKEY FIXTURES_URL [CA_FILE]`.

With a file of certificates it speaks TLS, and takes the first steps only.

Prints a line for each step that holds; ends with a traceback at the first that does not. Nothing in it sleeps.
"""

import struct
import sys
import uuid

from client import Client, Stream
from values import UNDEFINED, RemoteError, pack, unpack

HOST, PORT, KEY, FIXTURES = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode(), sys.argv[4]
CA_FILE = sys.argv[5] if len(sys.argv) > 5 else None
ADD = ["source", "(a, b) => a + b", "add"]
ENDLESS = ["source", "() => new Promise((_) => setInterval(() => {}, 1000))", "endless"]
ECHO = ["export", f"{FIXTURES}streams.ts", "echo"]


def raised(act):
    try:
        act()
    except RemoteError as error:
        return error
    raise AssertionError("nothing was raised")


def sends_source(client):
    assert client.run(ADD, 20, 22) == 42
    assert client.run(ADD, "snow ", "☃") == "snow ☃"
    values = ["source", "(x) => [x, -1, 1.5, 2n ** 70n, null, new Uint8Array([1, 2])]", "values"]
    assert client.run(values, {"a": True}) == [{"a": True}, -1, 1.5, 2**70, None, b"\x01\x02"]


def reads_every_extension(client):
    text = """() => [new Date(1500), new Date(NaN), "\\ud800", -(2n ** 64n), new Map([[1, "a"]]), new Set([2]), [, 3],
        new Uint16Array([258]), /a/g, new URL("http://a/"), undefined, new AggregateError([1], "m", { cause: 4 })]"""
    *values, error = client.run(["source", text, "extensions"])
    assert values == [
        # 30 bits of nanoseconds, 34 of seconds.
        (-1, struct.pack(">Q", (500_000_000 << 34) | 1)), ("invalid Date",), "\ud800", -(2**64),
        (3, [1, "a"]), (4, [2]), (5, [2, 1, 3]), (6, b"\x05\x02\x01"), (7, ["a", "g"]), (8, ["http://a/"]), UNDEFINED,
    ]
    assert (error.class_name, error.message, error.cause, error.errors) == ("AggregateError", "m", 4, [1])


def runs_an_export(client):
    assert client.run(["export", f"{FIXTURES}functions.ts", "square"], 12) == 144


def submits_and_awaits_later(client):
    id, = client.submit(ADD, [[1, 2]], awaited=False)
    assert client.call("await", {"ids": [id]}) == []
    assert client.data_of(id) == 3
    # The acknowledgement has left: nobody knows the task any more.
    assert client.call("query", {"ids": [id]}) == [None]
    assert client.call("await", {"ids": [id]}) == [id]


def maps(client):
    square = ["source", "(x) => x * x", "square"]
    assert client.map(square, range(100)) == [x * x for x in range(100)]


def hears_errors(client):
    failed = raised(lambda: client.run(["export", f"{FIXTURES}functions.ts", "nothing"], 1))
    assert (failed.class_name, failed.code) == ("TaskError", "EXPORT_NOT_FOUND")
    own = raised(lambda: client.run(["source", "() => { throw Object.assign(new RangeError('no'), { at: 7 }) }", "f"]))
    assert (own.class_name, own.message, own.code, own.fields["at"]) == ("RangeError", "no", None, 7)
    thrown = raised(lambda: client.run(["source", "() => { throw 'text' }", "f"]))
    assert (thrown.code, thrown.cause) == ("THROWN_VALUE", "text")
    late = raised(lambda: client.data_of(client.submit(ENDLESS, [[]], timeoutMs=300)[0]))
    assert (late.class_name, late.code, late.fields["timeoutMs"]) == ("TaskTimeout", "TASK_TIMEOUT", 300)


def hears_refusals(client):
    assert raised(lambda: client.call("no such command", None)).code == "UNKNOWN_COMMAND"
    assert raised(lambda: client.call("submit", {"profile": {}, "tasks": []})).code == "INVALID_REQUEST"
    id, = client.submit(ENDLESS, [[]], awaited=False)
    again = {"profile": {"target": ENDLESS}, "tasks": [[id, pack([])]]}
    assert client.call("submit", again) == 1
    assert raised(lambda: client.call("submit", {**again, "tasks": [[id, pack([1])]]})).code == "DUPLICATE_TASK"
    client.call("cancel", {"ids": [id], "discard": True})
    assert raised(lambda: Client(HOST, PORT, b"another key")).code == "AUTHENTICATION_FAILED"


def passes_over_what_is_new(client):
    """A field that the server does not know, as a later version's client may send it."""
    body = {"profile": {"target": ADD, "later": 1}, "tasks": [["a" * 8 + "-0000-4000-8000-" + "0" * 12, pack([1, 1])]]}
    assert client.call("submit", {**body, "await": True, "later": {"a": 1}}) == 1
    assert client.data_of(body["tasks"][0][0]) == 2


def answers_pings_and_cancels(client):
    """The server's heartbeatMs is short: without the answers it would close the connection."""
    id, = client.submit(ENDLESS, [[]])
    before = client.pings
    client.until(lambda: client.pings >= before + 5)
    assert client.call("cancel", {"ids": [id], "discard": False}) == 1
    assert raised(lambda: client.data_of(id)).code == "TASK_CANCELLED"
    assert client.results[id][1] == "cancelled"


def takes_a_stream(client):
    stream = Stream(client, ["export", f"{FIXTURES}streams.ts", "count"], 5000)
    # Nothing is taken: no more than the window comes, and all of that.
    client.until(lambda: stream.received == Stream.WINDOW_ITEMS)
    items = stream.take()
    while more := stream.take():
        assert len(more) <= Stream.WINDOW_ITEMS
        items += more
    assert items == list(range(5000))
    assert isinstance(client.data_of(stream.id), str)


def converses(client):
    stream = Stream(client, ECHO)
    items = []
    for number in range(3000):
        stream.send(number)
        # What is not taken stops the task, and then whoever sends to it.
        while number % 1000 == 999 and len(items) <= number:
            items += stream.take()
    stream.end()
    assert stream.take() == [] and items == list(range(3000))


def survives_a_lost_connection(client):
    stream = Stream(client, ECHO)
    stream.send("before")
    assert stream.take() == ["before"]
    id, = client.submit(ENDLESS, [[]])
    client.lose()
    client.connect()
    stream.send("after")
    stream.end()
    assert stream.take() == ["after"] and stream.take() == []
    client.data_of(stream.id)
    client.call("cancel", {"ids": [id], "discard": False})
    assert raised(lambda: client.data_of(id)).code == "TASK_CANCELLED"


def listens(client):
    client.call("subscribe", {"subscription": 7, "topic": "logs", "taskId": None})
    client.run(["source", "() => console.log('hello')", "say"])
    client.until(lambda: any(t == "log" and b[0] == 7 and b[1][0][4] == "hello" for t, b in client.pushes))
    client.call("unsubscribe", {"subscription": 7})
    client.call("subscribe", {"subscription": 8, "topic": "progress", "taskId": "nobody's"})
    client.until(lambda: ("end", 8) in client.pushes)


def has_a_worker(client):
    order = {
        "args": pack([10]), "isPersistent": True, "endsOnError": False, "isStage": False, "isDirect": False,
        "initState": "state", "name": "w", "userId": None, "parentId": "p", "suffix": ":1",
    }
    double = ["source", "(x) => { if (x < 0) throw new RangeError('negative'); return 2 * x }", "double"]
    worker = Stream(client, double, order=order, worker=True, isolation="task")
    for args in ([4], [-1], []):
        worker.send(args)
    worker.end()
    items = []
    while more := worker.take():
        items += more
    assert items[0][0] == 0 and len(items[0]) == 4
    assert items[1] == [1, 8] and items[2][0] == 2 and items[2][1].class_name == "RangeError"
    assert items[3:] == [[1, 20], [3, "state"]]
    assert client.data_of(worker.id) == 3


def ends_a_worker(client):
    order = {
        "args": pack([]), "isPersistent": False, "endsOnError": False, "isStage": False, "isDirect": False,
        "initState": None, "name": "w", "userId": None, "parentId": "p", "suffix": ":2",
    }
    worker = Stream(client, ENDLESS, order=order, worker=True, isolation="task")
    assert worker.take()[0][0] == 0
    assert client.call("terminate", {"taskId": worker.id, "how": "SIGKILL"}) is True
    killed = raised(lambda: client.data_of(worker.id))
    assert (killed.fields["signal"], killed.code) == ("SIGKILL", "TASK_CRASHED")


def goes_through_a_pipeline(client):
    body = {"name": "lengths", "id": f"{uuid.uuid4()}.1", "item": pack("some text"), "timeoutMs": None, "refuse": False}
    assert unpack(client.call("pipe", body)) == 9
    # As after a lost connection: the item is known by its id, whatever else is said.
    assert unpack(client.call("pipe", {**body, "item": pack("another")})) == 9
    client.push("leave", [body["id"]])
    assert unpack(client.call("pipe", {**body, "item": pack("another")})) == 7
    body["id"] = f"{uuid.uuid4()}.2"
    assert raised(lambda: client.call("pipe", {**body, "name": "none"})).code == "UNKNOWN_PIPELINE"


def has_a_schedule(client):
    spec = {"cron": "0 3 * * *", "timeZone": "Europe/Berlin"}
    body = {"name": "sums", "spec": spec, "submission": {"profile": {"target": ADD}}, "input": pack([20, 22])}
    known = client.call("setSchedule", body)
    assert (known["task"], known["overlap"], known["paused"], known["lastId"]) == ("add", "skip", False, None)
    assert known["nextAt"] > 1_700_000_000_000 and client.call("schedules", {"name": None}) == [known]
    assert client.call("pauseSchedule", {"name": "sums"})["nextAt"] is None
    id = str(uuid.uuid4())
    assert client.call("triggerSchedule", {"name": "sums", "id": id}) is None
    assert client.call("await", {"ids": [id]}) == [] and client.data_of(id) == 42
    after, = client.call("schedules", {"name": "sums"})
    assert (after["runs"], after["lastId"], after["lastState"]) == (1, id, "succeeded")
    assert client.call("resumeSchedule", {"name": "sums"})["nextAt"] == known["nextAt"]
    assert client.call("deleteSchedule", {"name": "sums"}) is True
    assert raised(lambda: client.call("pauseSchedule", {"name": "sums"})).code == "UNKNOWN_SCHEDULE"


def asks_for_the_status(client):
    status = client.call("status", None)
    assert status["state"] == "running" and status["clients"] >= 1
    assert status["totals"]["submitted"] > 100 and status["pipelines"][0]["name"] == "lengths"


STEPS = [
    sends_source, reads_every_extension, runs_an_export, submits_and_awaits_later, maps, hears_errors, hears_refusals,
    passes_over_what_is_new, answers_pings_and_cancels, takes_a_stream, converses, survives_a_lost_connection,
    listens, has_a_worker, ends_a_worker, goes_through_a_pipeline, has_a_schedule, asks_for_the_status,
]

client = Client(HOST, PORT, KEY, CA_FILE)
for step in STEPS if CA_FILE is None else STEPS[:3]:
    step(client)
    print(step.__name__, flush=True)
client.close()
