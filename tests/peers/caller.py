"""The real Dynamo as a caller with a plan, for the manners of our workers.

usage: caller.py SCENARIO NAMESPACE.COMPONENT, see the functions below. Settings come from the environment, under Dynamo's
own names.
"""
import asyncio
import os
import sys
import time

import uvloop
from dynamo.runtime import DistributedRuntime


def say(*parts):
    print(*parts, flush=True)


class Caller:
    def __init__(self, runtime, component):
        self.runtime, self.component, self.clients = runtime, component, {}

    async def client(self, endpoint):
        if endpoint not in self.clients:
            self.clients[endpoint] = await self.runtime.endpoint(f"{self.component}.{endpoint}").client()
            await asyncio.wait_for(self.clients[endpoint].wait_for_instances(), 20)
        return self.clients[endpoint]

    async def items(self, endpoint, request):
        client = await self.client(endpoint)
        return [item async for item in await client.round_robin(request, annotated=False)]


async def overload(caller):
    """A full worker refuses; afterwards it is called again. Says `REFUSED text`, `HELD items`, `BACK seconds`."""
    await caller.items("plain", 0)
    slow = await caller.client("slow")
    held = aiter(await slow.round_robin({"n": 10, "pause": 0.05}, annotated=False))
    got = [await anext(held)]
    try:
        say("ACCEPTED", await caller.items("plain", 1))
    except Exception as error:
        say("REFUSED", error)
    got += [item async for item in held]
    say("HELD", len(got))
    begun = time.monotonic()
    while True:
        try:
            assert await caller.items("plain", 2) == [2]
            break
        except Exception:
            await asyncio.sleep(0.02)
    say("BACK", time.monotonic() - begun)


async def queue(caller):
    """More calls at once than the worker handles. Says `QUEUED results`."""
    await caller.client("slow")
    calls = (caller.items("slow", {"n": 1, "pause": 0.05}) for _ in range(6))
    say("QUEUED", [len(items) for items in await asyncio.gather(*calls)])


async def drain(caller):
    """A stream from each of two workers and calls all the time, while one of them ends. Says `STREAMING`, `GONE seconds`
    when the record of one is away, `ENDED items`, `CALLS good bad`."""
    slow, plain = await caller.client("slow"), await caller.client("plain")
    while len(slow.instance_ids()) < 2 or len(plain.instance_ids()) < 2:
        await asyncio.sleep(0.01)

    async def stream(instance):
        items = await slow.direct({"n": 40, "pause": 0.05}, instance, annotated=False)
        return len([item async for item in items])

    streams = asyncio.gather(*(stream(instance) for instance in slow.instance_ids()))
    await asyncio.sleep(0.2)
    say("STREAMING")
    good, bad, begun, gone = 0, [], time.monotonic(), None
    while not streams.done():
        try:
            assert await caller.items("plain", good) == [good]
            good += 1
        except Exception as error:
            bad.append(str(error))
        if gone is None and len(slow.instance_ids()) < 2:
            gone = time.monotonic() - begun
            say("GONE", gone)
        await asyncio.sleep(0.002)
    say("ENDED", *await streams)
    say("CALLS", good, len(bad), *bad)


async def idle(caller):
    """Calls a worker once, and keeps its connection. Says `CALLED`, and stays."""
    await caller.items("plain", 1)
    say("CALLED")
    await asyncio.sleep(60)


async def ghost(caller):
    """Calls an endpoint that its worker does not serve. Says `REFUSED text`."""
    try:
        say("ACCEPTED", await asyncio.wait_for(caller.items("ghost", 1), 10))
    except Exception as error:
        say("REFUSED", type(error).__name__, error)


async def items(caller):
    """Calls an endpoint that streams. Says `ITEMS list`, and `CANCELLED items` after a call that is given up."""
    say("ITEMS", await caller.items("items", 3))
    endless = aiter(await (await caller.client("items")).round_robin(1_000_000_000, annotated=False))
    got = [await anext(endless) for _ in range(2)]
    del endless
    say("CANCELLED", got)


async def main():
    runtime = DistributedRuntime(
        asyncio.get_running_loop(), os.environ["DYN_DISCOVERY_BACKEND"], os.environ["DYN_REQUEST_PLANE"])
    await globals()[sys.argv[1]](Caller(runtime, sys.argv[2]))
    say("DONE")
    runtime.shutdown()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
