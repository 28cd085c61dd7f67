"""The event plane on plain ZMQ sockets, without any code of Dynamo: libzmq, msgpack, and etcd over HTTP.

usage: plain_events.py pub|sub TOPIC SECONDS, for the endpoint interop.backend.echo; ETCD_ENDPOINTS says where etcd is.

pub says `READY ID`, in hexadecimal, and publishes `{"hello": n}` with n from 0. sub finds the publishers that are there when it
starts, and says two lines for each message: `topic T publisher ID sequence N frame BYTES` in hexadecimal, and `envelope FIELDS
payload P`.
"""
import base64
import json
import os
import secrets
import struct
import sys
import time
import urllib.request

import msgpack
import zmq

WHERE = {"namespace": "interop", "component": "backend", "name": "echo"}


def etcd(call, **arguments):
    url = os.environ["ETCD_ENDPOINTS"].split(",")[0] + "/v3/" + call
    coded = {key: base64.b64encode(value).decode() if isinstance(value, bytes) else value for key, value in arguments.items()}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(coded).encode())) as answer:
        return json.load(answer)


def prefix(topic):
    path = "/".join(f"{kind}/{WHERE[name]}" for kind, name in
                    [("namespace", "namespace"), ("component", "component"), ("endpoint", "name")])
    return f"v1/event_channels/{path}/topic/{topic}/".encode()


def publish(topic, end):
    socket = zmq.Context.instance().socket(zmq.PUB)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    me = secrets.randbits(53)
    record = {"type": "EventChannel", "scope": {"kind": "endpoint", "endpoint": WHERE}, "topic": topic, "instance_id": me,
              "transport": {"kind": "Zmq", "config": {"endpoint": f"tcp://127.0.0.1:{port}"}}}
    lease = etcd("lease/grant", TTL=30)["ID"]
    etcd("kv/put", key=prefix(topic) + f"{me:x}".encode(), value=json.dumps(record).encode(), lease=lease)
    print("READY", f"{me:x}", flush=True)
    n = 0
    while time.monotonic() < end:
        envelope = msgpack.packb({"publisher_id": me, "sequence": n, "published_at": time.time_ns() // 1_000_000,
                                  "topic": topic, "payload": msgpack.packb({"hello": n})})
        head = struct.pack(">BI", 1, len(envelope))
        socket.send_multipart([topic.encode(), struct.pack(">Q", me), struct.pack(">Q", n), head + envelope])
        n += 1
        time.sleep(0.1)
    etcd("lease/revoke", ID=lease)


def subscribe(topic, end):
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
    first = prefix(topic)
    for found in etcd("kv/range", key=first, range_end=first[:-1] + b"0").get("kvs", []):
        record = json.loads(base64.b64decode(found["value"]))
        print("channel", json.dumps(record), flush=True)
        socket.connect(record["transport"]["config"]["endpoint"])
    while (left := end - time.monotonic()) > 0:
        if not socket.poll(left * 1000):
            continue
        name, publisher, sequence, frame = socket.recv_multipart()
        version, length = struct.unpack(">BI", frame[:5])
        envelope = msgpack.unpackb(frame[5:])
        assert (version, length) == (1, len(frame) - 5), frame[:5]
        assert (publisher, sequence) == tuple(struct.pack(">Q", envelope[key]) for key in ("publisher_id", "sequence"))
        print("topic", name.decode(), "publisher", publisher.hex(), "sequence", sequence.hex(), "frame", frame.hex(), flush=True)
        payload = msgpack.unpackb(envelope.pop("payload"))
        print("envelope", envelope, "payload", payload, flush=True)


role, topic, seconds = {"pub": publish, "sub": subscribe}[sys.argv[1]], sys.argv[2], float(sys.argv[3])
role(topic, time.monotonic() + seconds)
