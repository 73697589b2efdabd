"""Reads Avro values in Confluent wire format as another client does, with fastavro, and writes them back.

Each line of stdin is the hex of one value. Each line of stdout is JSON: what was read, in plain form (decimals as text,
bytes as hex, times as epoch milliseconds), and the hex of the same value as written by fastavro. The address of the
schema registry is the first argument.
"""

import datetime
import decimal
import io
import json
import struct
import sys
import urllib.request
import uuid

import fastavro

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)


def plain(value):
    if isinstance(value, decimal.Decimal):
        return format(value, ".4f")
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // MILLISECOND
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def main(registry):
    schemas = {}
    for line in sys.stdin:
        value = bytes.fromhex(line)
        magic, schema_id = struct.unpack(">bi", value[:5])
        assert magic == 0, "not in wire format"
        if schema_id not in schemas:
            with urllib.request.urlopen(f"{registry}/schemas/ids/{schema_id}", timeout=10) as answer:
                schemas[schema_id] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
        body = io.BytesIO(value[5:])
        read = fastavro.schemaless_reader(body, schemas[schema_id], None)
        assert body.read() == b"", "bytes are left over"
        written = io.BytesIO()
        fastavro.schemaless_writer(written, schemas[schema_id], read)
        print(json.dumps({"read": plain(read), "written": (value[:5] + written.getvalue()).hex()}))


main(sys.argv[1].rstrip("/"))
