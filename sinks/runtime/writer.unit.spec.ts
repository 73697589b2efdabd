import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../../avro/types.ts'
import type { Tracing } from '../../service/tracing.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { aTransaction } from '../../tests/support/sink-events.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { positionChanges } from './batches.ts'
import type { PositionChange } from './batches.ts'
import { createSinkMetrics } from './metrics.ts'
import { PositionMovedError, SupersededError } from './types.ts'
import type { Batch, RawSlice, Rejection, SinkStore } from './types.ts'
import { createWriter } from './writer.ts'

const SOURCE = 'wallet.transaction.created'
const schemas: SchemaSource = { idOf: () => Promise.resolve(1), textOf: () => Promise.resolve(undefined) }
const codecs = {
  'wallet.transaction.created': await createCodec(SOURCE, schemas),
  'wallet.balance': await createCodec('wallet.balance', schemas),
}

class DataError extends Error {}

/** A store in memory that refuses certain players and obeys the contract of positions. */
class FakeStore implements SinkStore {
  readonly rows: string[] = []
  readonly positions = new Map<string, number>()
  readonly calls: number[] = []
  refused: ReadonlySet<string> = new Set()
  failures: Error[] = []

  loadPositions(): Promise<readonly number[]> {
    return Promise.resolve([])
  }
  write(batch: Batch): Promise<void> {
    const ids = batch.flatMap((slice) =>
      slice.source === SOURCE ? slice.records.map(({ value }) => value.data.player_id) : [],
    )
    this.calls.push(ids.length)
    const failure = this.failures.shift()
    if (failure !== undefined) return Promise.reject(failure)
    if (ids.some((id) => this.refused.has(id))) return Promise.reject(new DataError('value out of range'))
    for (const change of positionChanges(batch)) {
      if ((this.positions.get(keyOf(change)) ?? 0) !== change.from)
        return Promise.reject(new PositionMovedError('gap'))
      this.positions.set(keyOf(change), change.next)
    }
    this.rows.push(...ids)
    return Promise.resolve()
  }
  faultOf(error: unknown): 'data' | 'unavailable' {
    return error instanceof DataError ? 'data' : 'unavailable'
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}

const keyOf = ({ topic, partition }: PositionChange): string => `${topic}/${partition}`

function setUp(tracing?: Tracing) {
  const store = new FakeStore()
  const letters: Rejection[] = []
  const deadLetters = {
    failures: 0,
    send: (rejections: readonly Rejection[]): Promise<void> => {
      if (deadLetters.failures-- > 0) return Promise.reject(new Error('no broker'))
      letters.push(...rejections)
      return Promise.resolve()
    },
  }
  const registry = new Registry()
  const metrics = createSinkMetrics(registry, 'test')
  const writer = createWriter({
    store,
    codecs,
    deadLetters,
    metrics,
    logger: pino({ level: 'silent' }),
    tracing,
  })
  return { store, letters, deadLetters, registry, writer }
}

const players = (...names: string[]): TransactionCreated[] =>
  names.map((player_id) => aTransaction({ player_id }))

const aSlice = (partition: number, values: readonly (TransactionCreated | Buffer | null)[]): RawSlice => ({
  source: SOURCE,
  topic: 't',
  partition,
  from: 0,
  next: values.length,
  bytes: 0,
  records: values.map((value, offset) => ({
    offset,
    timestampMs: 0,
    key: null,
    value: value === null || Buffer.isBuffer(value) ? value : codecs[SOURCE].encode(value),
    headers: {},
  })),
})

const always = { stillOurs: () => true }
const never = new AbortController().signal

describe('a batch that the store takes', () => {
  it('is written in one go', async () => {
    const { store, writer, letters, registry } = setUp()
    await writer.write([aSlice(0, players('a', 'b')), aSlice(1, players('c'))], never, always)
    expect(store.rows).toEqual(['a', 'b', 'c'])
    expect(store.calls).toEqual([3])
    expect(letters).toEqual([])
    expect(await registry.metrics()).toMatch(/records_written_total\{[^}]*topic="t"[^}]*\} 3/)
    expect(writer.health()).toMatchObject({ failingSinceMs: undefined, lastError: undefined })
  })
})

describe('records that the store refuses', () => {
  it('are found one by one and become dead letters; all others are written in order', async () => {
    const { store, writer, letters } = setUp()
    store.refused = new Set(['c', 'h'])
    await writer.write(
      [aSlice(0, players('a', 'b', 'c', 'd', 'e')), aSlice(1, players('f', 'g', 'h'))],
      never,
      always,
    )
    expect(store.rows.filter((id) => id < 'f')).toEqual(['a', 'b', 'd', 'e'])
    expect(store.rows.filter((id) => id >= 'f')).toEqual(['f', 'g'])
    expect([...store.positions]).toEqual([
      ['t/0', 5],
      ['t/1', 3],
    ])
    expect(
      letters.map(({ partition, record, code, reason }) => [partition, record.offset, code, reason]),
    ).toEqual([
      [0, 2, 'RECORD_INVALID', 'value out of range'],
      [1, 2, 'RECORD_INVALID', 'value out of range'],
    ])
  })

  it('are refused only when the store says so twice: the first time it may know something that is no longer so', async () => {
    const { store, writer, letters } = setUp()
    store.failures = [new DataError('no partition for this month')]
    await writer.write([aSlice(0, players('a', 'b'))], never, always)
    expect(store.rows).toEqual(['a', 'b'])
    expect(letters).toEqual([])
  })

  it('become dead letters without the store where they don’t decode or break a rule', async () => {
    const { store, writer, letters } = setUp()
    const [good] = players('good')
    const values = [Buffer.from('x'), null, aTransaction({ currency: 'EURO' }), good ?? null]
    await writer.write([aSlice(0, values)], never, always)
    expect(store.calls).toEqual([1])
    expect(letters.map(({ record, code }) => [record.offset, code])).toEqual([
      [0, 'RECORD_UNDECODABLE'],
      [1, 'RECORD_INVALID'],
      [2, 'RECORD_INVALID'],
    ])
    expect(store.positions.get('t/0')).toBe(4)
  })

  it('stay in their place while the dead-letter topic is out of reach', async () => {
    const { store, writer, letters, deadLetters } = setUp()
    deadLetters.failures = 2
    await writer.write([aSlice(0, [null])], never, always)
    expect(letters).toHaveLength(1)
    expect(store.positions.get('t/0')).toBe(1)
  })
})

describe('a store that is not available', () => {
  it('is tried again until it is', async () => {
    const { store, writer, registry } = setUp()
    store.failures = Array.from({ length: 1_000 }, () => new Error('down'))
    const written = writer.write([aSlice(0, players('a'))], never, always)
    await waitFor(() => store.calls.length > 2)
    expect(writer.health().lastError).toBe('down')
    expect(writer.health().failingSinceMs).toBeDefined()
    expect(await registry.metrics()).toMatch(/stakestream_sink_available\{[^}]*\} 0/)
    store.failures = []
    await written
    expect(store.rows).toEqual(['a'])
    expect(writer.health().failingSinceMs).toBeUndefined()
    expect(await registry.metrics()).toMatch(/retries_total\{[^}]*step="write"[^}]*\} [3-9]/)
    expect(await registry.metrics()).toMatch(/stakestream_sink_available\{[^}]*\} 1/)
  })

  it('is given up when the partitions are given back', async () => {
    const { store, writer } = setUp()
    store.failures = Array.from({ length: 1_000 }, () => new Error('down'))
    const session = new AbortController()
    const written = writer.write([aSlice(0, players('a'))], session.signal, always)
    await waitFor(() => store.calls.length > 1)
    session.abort()
    await expect(written).rejects.toThrow(SupersededError)
    expect(store.rows).toEqual([])
  })
})

describe('a batch that is not ours any more', () => {
  it('is not written', async () => {
    const { store, writer } = setUp()
    const context = { stillOurs: () => false }
    await expect(writer.write([aSlice(0, players('a'))], never, context)).rejects.toThrow(SupersededError)
    expect(store.calls).toEqual([])
  })

  it('is given up at once where someone else has moved the position', async () => {
    const { store, writer } = setUp()
    store.positions.set('t/0', 7)
    await expect(writer.write([aSlice(0, players('a'))], never, always)).rejects.toThrow(PositionMovedError)
    expect(store.calls).toEqual([1])
  })
})

describe('traces', () => {
  it('see every record of a batch once, and how the batch ended', async () => {
    const seen: unknown[] = []
    const tracing: Tracing = {
      request: () => Promise.reject(new Error('not needed')),
      send: () => undefined,
      batch: () => ({
        follow: (topic, partition, { offset }) => void seen.push([topic, partition, offset]),
        end: (records, error) => void seen.push([records, error instanceof Error ? error.name : 'written']),
      }),
      close: () => Promise.resolve(),
    }
    const { store, writer } = setUp(tracing)
    store.refused = new Set(['b'])
    await writer.write([aSlice(0, players('a', 'b')), aSlice(1, players('c'))], never, always)
    await expect(writer.write([aSlice(0, players('d'))], never, { stillOurs: () => false })).rejects.toThrow(
      SupersededError,
    )
    expect(seen).toEqual([
      ['t', 0, 0],
      ['t', 0, 1],
      ['t', 1, 0],
      [3, 'written'],
      ['t', 0, 0],
      [1, 'SupersededError'],
    ])
  })
})
