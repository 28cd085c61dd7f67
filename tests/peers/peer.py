"""The real Dynamo as both sides of a matrix: serves every endpoint, then calls those of ours and says how that went.

usage: peer.py OURS        our component, as `namespace.component`
       peer.py             serve only

Settings come from the environment, under Dynamo's own names; PEER_NAMESPACE and PEER_COMPONENT name what is served,
PEER_ROWS the rows to call (all, unless set). Lines on standard output: `READY` when everything is served, for each row
`ROW <name> pass` or `ROW <name> <reason>`, `DONE` after the last one. It serves until SIGTERM.
"""
import asyncio
import importlib.metadata
import json
import os
import signal
import sys

import uvloop
from dynamo.runtime import Context, DistributedRuntime

PLANE = os.environ.get("DYN_REQUEST_PLANE", "tcp")
if PLANE == "nats":
    # Making an endpoint blocks, and hangs when threads are few (1.6.1).
    os.environ.setdefault("DYN_RUNTIME_NUM_WORKER_THREADS", "32")

NAMESPACE = os.environ.get("PEER_NAMESPACE", "theirs")
COMPONENT = os.environ.get("PEER_COMPONENT", "peer")
ROWS = [row for row in os.environ.get("PEER_ROWS", "").split(",") if row]
LIMIT = 15
LARGE = 20 * 1024 * 1024

VALUES = {
    "null": None, "true": True, "false": False, "zero": 0, "one": 1, "minus one": -1,
    "u64": 2**64 - 1, "above i64": 2**63 + 5, "i64": -(2**63), "i64 max": 2**63 - 1, "u32": 2**32, "i32": -(2**31),
    "half": 0.5, "minus": -1.25, "tiny": 5e-324, "huge": 1.7976931348623157e308, "third": 1 / 3, "large": 2.0**53,
    "empty": "", "unicode": "h\u00e9llo \u4e2d\u6587 \U0001f980 \u0000 \"\\\n", "long": "x" * 70000,
    "list": [], "lists": [1, [2, [3, []]]], "map": {}, "maps": {"a": {"b": {"": []}}}, "\u00fcber": 1,
}


CLASSES = (
    "InvalidRequest", "Unauthenticated", "PermissionDenied", "NotFound", "Conflict", "PayloadTooLarge",
    "UnsupportedMedia", "RateLimited", "CapacityExhausted", "Cancelled", "Unavailable", "BackendProtocol",
    "DeadlineExceeded", "NotImplemented", "Internal",
)


# Before 1.6 an error had a kind of another list, and its callers do not show the class.
CLASSES_KNOWN = tuple(map(int, importlib.metadata.version("ai-dynamo-runtime").split(".")[:2])) >= (1, 6)
ODD = "0-a_b-." + "c" * 63 + ".0-_" + "e" * 60


def say(*parts):
    print(*parts, flush=True)


# What is served.

stopped = 0


async def echo(request, context):
    yield {
        "echo": request, "id": context.id(), "metadata": dict(context.metadata.items()),
        "trace": context.trace_headers(),
    }


async def plain(request, context):
    yield request


async def count(request, context):
    for i in range(int(request["n"])):
        yield {"i": i}


async def endless(request, context):
    """Counts until it is stopped, which `stopped` counts."""
    global stopped
    i = 0
    try:
        while not (context.is_stopped() or context.is_killed()):
            yield {"i": i}
            i += 1
            await asyncio.sleep(0.005)
    finally:
        stopped += 1


async def stops(request, context):
    yield stopped


async def fail(request, context):
    for i in range(int(request["after"])):
        yield {"i": i}
    raise error_of(request.get("kind", "ValueError"))


def error_of(kind):
    import builtins
    if hasattr(builtins, kind):
        return getattr(builtins, kind)("boom")
    from dynamo.llm import exceptions
    return getattr(exceptions, kind)("boom")


def refuse(request, context):
    raise error_of(request.get("kind", "ValueError"))


async def types(request, context):
    yield VALUES
    for value in VALUES.values():
        yield value


async def large(request, context):
    yield "y" * int(request["bytes"])


async def measure(request, context):
    yield len(request)


async def slow(request, context):
    for i in range(int(request["n"])):
        yield {"i": i}
        await asyncio.sleep(float(request["pause"]))


async def bidi(requests, context):
    total = 0
    async for request in requests:
        total += request
        yield {"got": request}
    yield {"total": total}


SERVED = {f.__name__: f for f in (echo, plain, count, endless, stops, fail, refuse, types, large, measure, slow)}


# What is called.

class Peer:
    def __init__(self, ours):
        self.ours, self.clients = ours, {}

    async def make(self, runtime):
        """Makes everything before the first call: on NATS `endpoint` blocks with the interpreter locked, and hangs for
        good when another thread waits for that lock to run a handler (1.6.1)."""
        paths = [f"{self.ours}.{name}" for name in (
            "echo", "plain", "count", "slow", "endless", "stops", "fail", "refuse", "types", "large", "measure", "hop")]
        for path in paths + [ODD]:
            endpoint = runtime.endpoint(path)
            await asyncio.sleep(0.01)
            self.clients[path] = await endpoint.client()

    async def client(self, endpoint, component=None):
        client = self.clients[f"{component or self.ours}.{endpoint}"]
        await client.wait_for_instances()
        return client

    async def stream(self, endpoint, request, context=None, component=None):
        client = await self.client(endpoint, component)
        return await client.round_robin(request, annotated=False, context=context)

    async def items(self, endpoint, request, context=None, component=None):
        return [item async for item in await self.stream(endpoint, request, context, component)]


def same(got, expected):
    """Equal, and of the same types: 1 is not 1.0."""
    if json.dumps(got, sort_keys=True) != json.dumps(expected, sort_keys=True):
        raise AssertionError(f"got {str(got)[:200]}, expected {str(expected)[:200]}")


async def row_echo(peer):
    for request in ({"hello": "world", "n": 7}, "text", [1, 2], 5, None):
        same(await peer.items("plain", request), [request] if request is not None else [])
    [item] = await peer.items("echo", {"hello": "world"})
    same(item["echo"], {"hello": "world"})


async def row_count_3(peer):
    same(await peer.items("count", {"n": 3}), [{"i": 0}, {"i": 1}, {"i": 2}])


async def row_count_0(peer):
    same(await peer.items("count", {"n": 0}), [])


async def row_count_10000(peer):
    items = await peer.items("count", {"n": 10000})
    same([item["i"] for item in items], list(range(10000)))


async def failing(peer, endpoint, request):
    items = []
    try:
        async for item in await peer.stream(endpoint, request):
            items.append(item)
    except Exception as error:
        return items, f"{type(error).__name__}: {error}"
    raise AssertionError(f"no error after {items}")


async def row_fail_0(peer):
    items, error = await failing(peer, "fail", {"after": 0})
    same(items, [])
    assert ("InvalidRequest" in error or not CLASSES_KNOWN) and "boom" in error, error


async def row_fail_2(peer):
    items, error = await failing(peer, "fail", {"after": 2})
    same(items, [{"i": 0}, {"i": 1}])
    assert ("InvalidRequest" in error or not CLASSES_KNOWN) and "boom" in error, error


async def row_refuse(peer):
    """A refusal is an error of its kind, and the worker stays in rotation, whatever the class."""
    wrong = []
    for kind in CLASSES:
        _, error = await failing(peer, "refuse", kind)
        if "boom" not in error or (kind not in error and CLASSES_KNOWN):
            wrong.append(f"{kind}: {error}")
        # One that was taken out of rotation would not answer now.
        try:
            same(await peer.items("refuse", "no"), ["not refused"])
        except Exception as error:
            wrong.append(f"after {kind}: {error}")
            # Until it is back.
            await asyncio.sleep(5.5)
    assert not wrong, "; ".join(wrong)


async def row_types(peer):
    items = await peer.items("types", None)
    same(items[0], VALUES)
    same(items[1:], [value for value in VALUES.values() if value is not None])
    same(await peer.items("plain", VALUES), [VALUES])
    for value in VALUES.values():
        same(await peer.items("plain", value), [] if value is None else [value])


async def row_metadata(peer):
    context = Context("req meta/1", metadata={"tenant": "t1", "k": "", "\u00fc": "\u4e2d \""})
    [item] = await peer.items("echo", 1, context)
    same(item["metadata"], {"k": "", "tenant": "t1", "\u00fc": "\u4e2d \""})
    same(item["id"], "req meta/1")
    [item] = await peer.items("echo", 1, Context(None, metadata={}))
    assert len(item["id"]) == 36 and item["metadata"] == {}, item


async def row_trace(peer):
    """The trace of the call is that of this process, and of every hop behind ours."""
    [hops] = await peer.items("hop", {"to": f"{NAMESPACE}.{COMPONENT}"}, Context("hop-1", metadata={"tenant": "t1"}))
    ours, theirs = hops["ours"], hops["theirs"]
    trace = ours["traceparent"]
    assert trace and len(trace) == 55, f"the worker saw {ours}"
    same(ours["id"], "hop-1")
    same(theirs["trace"]["traceparent"][:35], trace[:35])
    same(theirs["trace"]["tracestate"], "vendor=ours")
    same(theirs["trace"]["x-request-id"], "hop-1")
    same(theirs["metadata"], {"tenant": "t1", "hop": "ours"})


async def stops_grow(peer, before):
    while True:
        [now] = await peer.items("stops", None)
        if now > before:
            return
        await asyncio.sleep(0.01)


async def row_stop(peer):
    [before] = await peer.items("stops", None)
    context, seen = Context(None), 0
    async for _ in await peer.stream("endless", None, context):
        seen += 1
        if seen == 3:
            context.stop_generating()
    assert seen < 200, seen
    await stops_grow(peer, before)


async def row_drop(peer):
    import gc
    [before] = await peer.items("stops", None)
    stream = await peer.stream("endless", None)
    for _ in range(3):
        await anext(aiter(stream))
    del stream
    gc.collect()
    await stops_grow(peer, before)


async def row_64_at_once(peer):
    async def one(i):
        same(await peer.items("slow", {"n": i % 5, "pause": 0.01}), [{"i": k} for k in range(i % 5)])
        same(await peer.items("plain", i), [i])
    await asyncio.gather(*(one(i) for i in range(64)))


async def row_large_request(peer):
    same(await peer.items("measure", "x" * LARGE), [LARGE])


async def row_large_item(peer):
    [item] = await peer.items("large", {"bytes": LARGE})
    assert item == "y" * LARGE, len(item)


async def row_bidi(peer):
    raise NotImplementedError("the package has no such call")


async def row_names(peer):
    """What of the names that ours may have looks least like a name."""
    component, endpoint = ODD.rsplit(".", 1)
    same(await peer.items(endpoint, 5, component=component), [5])


CALLS = {f.__name__[4:].replace("_", " "): f for f in (
    row_echo, row_count_3, row_count_0, row_count_10000, row_fail_0, row_fail_2, row_refuse, row_types, row_metadata,
    row_trace, row_stop, row_drop, row_64_at_once, row_large_request, row_large_item, row_bidi, row_names,
)}


async def call_all(peer):
    for name, row in CALLS.items():
        if ROWS and name not in ROWS:
            continue
        try:
            await asyncio.wait_for(row(peer), LIMIT)
            say("ROW", name + ":", "pass")
        except Exception as error:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            say("ROW", name + ":", text[:600])
    say("DONE")


async def main():
    runtime = DistributedRuntime(
        asyncio.get_running_loop(), os.environ.get("DYN_DISCOVERY_BACKEND", "etcd"), PLANE)
    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, runtime.shutdown)
    tasks = []
    # On NATS it refuses an endpoint with a space.
    odd = "My-Ns_1.Abc.Echo" if PLANE == "nats" else "My-Ns_1.A%b c.Echo It"
    served = {f"{NAMESPACE}.{COMPONENT}.{name}": handler for name, handler in SERVED.items()} | {odd: plain}
    endpoints = {}
    for path in (*served, f"{NAMESPACE}.{COMPONENT}.bidi"):
        endpoints[path] = runtime.endpoint(path)
        await asyncio.sleep(0.01)
    peer = Peer(sys.argv[1]) if len(sys.argv) > 1 else None
    if peer:
        await peer.make(runtime)
    for path, endpoint in endpoints.items():
        if path in served:
            serving = endpoint.serve_endpoint(served[path], graceful_shutdown=True)
        else:
            serving = endpoint.serve_bidirectional_endpoint(bidi)
        tasks.append(asyncio.ensure_future(serving))
    # Served is what can be found.
    for endpoint in endpoints.values():
        client = await endpoint.client()
        await client.wait_for_instances()
    say("READY")
    if peer:
        await call_all(peer)
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
