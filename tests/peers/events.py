"""The real Dynamo on the event plane, in one of two roles, for the endpoint interop.backend.echo.

usage: events.py pub|sub SECONDS. Settings come from the environment, under Dynamo's own names.

pub says `READY 0xID` with the id of its worker, and then publishes, three times a second, how loaded it is (topic
kv_metrics) and what a forward pass took (topic forward-pass-metrics); the n-th of each carries n. sub says `recv HEX` for the
payload of each forward pass that it hears.
"""
import asyncio
import os
import sys
import threading

import uvloop
from dynamo import llm
from dynamo.runtime import DistributedRuntime

ENDPOINT = "interop.backend.echo"


def say(*parts):
    print(*parts, flush=True)


def forward_pass(n):
    """All that a publisher asks for; the counters are there to be told apart."""
    names = ["scheduled_num_prefill_requests", "scheduled_sum_prefill_tokens", "scheduled_sum_prefill_kv_tokens",
             "scheduled_num_decode_requests", "scheduled_sum_decode_kv_tokens", "queued_num_prefill_requests",
             "queued_sum_prefill_tokens", "queued_num_decode_requests", "queued_sum_decode_kv_tokens"]
    return dict(zip(names, [n, *range(2, 10)]), dp_rank=0, wall_time_secs=0.5)


async def publish(endpoint):
    load = llm.WorkerMetricsPublisher()
    await load.create_endpoint(endpoint)
    passes = llm.FpmDirectPublisher(endpoint, "theirs", 1)
    say("READY", hex(endpoint.connection_id()))
    n = 0
    while True:
        n += 1
        load.publish(dp_rank=0, active_decode_blocks=n, kv_used_blocks=1000 + n)
        passes.publish(**forward_pass(n))
        await asyncio.sleep(1 / 3)


async def subscribe(endpoint):
    passes = llm.FpmEventSubscriber(endpoint)

    def listen():
        while (payload := passes.recv()) is not None:
            say("recv", payload.hex())

    threading.Thread(target=listen, daemon=True).start()
    await asyncio.Event().wait()


async def main():
    role, seconds = {"pub": publish, "sub": subscribe}[sys.argv[1]], float(sys.argv[2])
    backend, plane = os.environ.get("DYN_DISCOVERY_BACKEND", "etcd"), os.environ.get("DYN_REQUEST_PLANE", "tcp")
    runtime = DistributedRuntime(asyncio.get_running_loop(), backend, plane)
    try:
        await asyncio.wait_for(role(runtime.endpoint(ENDPOINT)), seconds)
    except TimeoutError:
        pass
    runtime.shutdown()
    os._exit(0)


uvloop.install()
asyncio.run(main())
