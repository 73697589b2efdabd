/** Reads RowBinaryWithNamesAndTypes as ClickHouse documents it, for tests: rows as objects, amounts as their units. */

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    if (taken.length < length) throw new Error(`the bytes end before a value of ${length}`)
    this.#at += length
    return taken
  }

  count(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.take(1).readUInt8()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }

  text(): string {
    return this.take(this.count()).toString()
  }

  int128(): bigint {
    const [low, high] = [this.take(8).readBigUInt64LE(), this.take(8).readBigInt64LE()]
    return (high << 64n) + low
  }

  uuid(): string {
    const hex = [this.take(8), this.take(8)]
      .map((half) => Buffer.from(half.toReversed()).toString('hex'))
      .join('')
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
}

const SIMPLE: Readonly<Record<string, (reader: Reader) => unknown>> = {
  String: (reader) => reader.text(),
  UUID: (reader) => reader.uuid(),
  Bool: (reader) => reader.take(1).readUInt8() === 1,
  UInt8: (reader) => reader.take(1).readUInt8(),
  UInt32: (reader) => reader.take(4).readUInt32LE(),
  UInt64: (reader) => Number(reader.take(8).readBigUInt64LE()),
  Float64: (reader) => reader.take(8).readDoubleLE(),
  'Decimal(5, 4)': (reader) => BigInt(reader.take(4).readInt32LE()),
  'Decimal(19, 4)': (reader) => reader.int128(),
  "DateTime64(3, 'UTC')": (reader) => Number(reader.take(8).readBigInt64LE()),
}

function read(reader: Reader, type: string): unknown {
  const [, outer, inner = ''] = /^(LowCardinality|Nullable|Array)\((.*)\)$/.exec(type) ?? []
  if (outer === 'LowCardinality') return read(reader, inner)
  if (outer === 'Nullable') return reader.take(1).readUInt8() === 1 ? null : read(reader, inner)
  if (outer === 'Array') return Array.from({ length: reader.count() }, () => read(reader, inner))
  const simple = SIMPLE[type]
  if (simple === undefined) throw new Error(`no reader of ${type}`)
  return simple(reader)
}

export function readRows(written: { pieces(): readonly Buffer[] }): Record<string, unknown>[] {
  const reader = new Reader(Buffer.concat(written.pieces()))
  if (reader.done) return []
  const columns = reader.count()
  const texts = (): string[] => Array.from({ length: columns }, () => reader.text())
  const [names, types] = [texts(), texts()]
  const rows: Record<string, unknown>[] = []
  while (!reader.done)
    rows.push(Object.fromEntries(names.map((name, at) => [name, read(reader, types[at] ?? '')])))
  return rows
}
