/**
 * A schema grows on a live topic: an older and a newer version write to it at once, and the reader of today, the reader of tomorrow
 * and ClickHouse read all of it. On the real broker and registry, in a topic and under a subject of this test's own.
 */
import { createClient } from '@clickhouse/client'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import type { Transaction, TransactionCreated } from '../../avro/types.ts'
import { avroTypeOf, readSchemaText } from '../../topics/avro.ts'
import { subjectOf } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import { createCodec, PREFIX_BYTES } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { createFollower } from '../../topics/follower.ts'
import type { Follower } from '../../topics/follower.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'
import { aTransaction } from '../support/sink-events.ts'
import { waitFor } from '../support/wait.ts'

const SCHEMA = 'wallet.transaction.created'
const FIELD = 'promotion_code'
const PROMOTION = 'WELCOME'
/** Of each writer. */
const RECORDS = 60
const PAUSE_MS = 5

const topic = `test.evolution.${randomUUID().slice(0, 8)}`
/** A name that no catalogue has. */
const subject = topic as TopicName
const registryUrl = required('SCHEMA_REGISTRY_URL')
const schemas = registrySource({ url: registryUrl, register: true })
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const kafka = createKafka({ brokers: brokersFromEnvironment(), clientId: topic, log: silent })
const admin = kafka.admin()
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
const clickhouse = createClient({ url: required('CLICKHOUSE_URL') })
const table = `default.evolution_${randomUUID().replaceAll('-', '')}`

const record = z.looseObject({ fields: z.array(z.looseObject({ name: z.string(), type: z.unknown() })) })

/** The next version: one more field of the event's data, with a default, and one more type of transaction, which nobody writes yet. */
function nextVersion(text: string): string {
  const schema = record.parse(JSON.parse(text.replace('"COMMISSION"', '"COMMISSION", "BONUS"')))
  const fields = schema.fields.map((field) => {
    if (field.name !== 'data') return field
    const data = record.parse(field.type)
    return {
      ...field,
      type: { ...data, fields: [...data.fields, { name: FIELD, type: ['null', 'string'], default: null }] },
    }
  })
  return JSON.stringify({ ...schema, fields })
}

/** What the next version writes and reads. */
type Next = TransactionCreated & { data: Transaction & { [FIELD]: string | null } }

const current = readSchemaText(SCHEMA)
const next = nextVersion(current)
const nextType = avroTypeOf(next)
const currentType = avroTypeOf(current)

let codec: TopicCodec<TransactionCreated>
let nextId: number
/** Values as they came from the topic. */
const values: Buffer[] = []
/** What today's reader made of each. */
const read: TransactionCreated[] = []
let follower: Follower

beforeAll(async () => {
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true })
  await producer.connect()
  const currentId = await schemas.idOf(subject, current)
  codec = await createCodec(SCHEMA, { ...schemas, idOf: () => Promise.resolve(currentId) })
  follower = createFollower({
    kafka,
    groupId: topic,
    topics: { [topic]: 'beginning' },
    sessionTimeoutMs: 6_000,
    onRecord: async (_topic, value) => {
      const unknown = codec.unknownSchemaId(value)
      if (unknown !== undefined) await codec.learn(unknown)
      values.push(value)
      read.push(codec.decode(value))
    },
    log: silent,
  })
  await follower.start()
})
afterAll(async () => {
  await follower.stop()
  await producer.disconnect()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
  await clickhouse.command({ query: `DROP TABLE IF EXISTS ${table}` })
  await clickhouse.close()
  for (const permanent of ['', '?permanent=true'])
    await fetch(`${registryUrl}/subjects/${subjectOf(subject)}${permanent}`, { method: 'DELETE' })
})

async function write(
  count: number,
  encode: (event: TransactionCreated) => Buffer,
): Promise<TransactionCreated[]> {
  const events = Array.from({ length: count }, () => aTransaction())
  for (const event of events) {
    await producer.send({ topic, messages: [{ key: event.data.player_id, value: encode(event) }] })
    await sleep(PAUSE_MS)
  }
  return events
}

function encodeNext(event: TransactionCreated): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeInt32BE(nextId, 1)
  const grown: Next = { ...event, data: { ...event.data, [FIELD]: PROMOTION } }
  return Buffer.concat([prefix, nextType.toBuffer(grown)])
}

const byId = (one: TransactionCreated, other: TransactionCreated): number =>
  one.event_id < other.event_id ? -1 : 1

/** As the version of tomorrow reads a value, whoever wrote it. */
function asNext(value: Buffer): unknown {
  const resolver = nextType.createResolver(value.readInt32BE(1) === nextId ? nextType : currentType)
  return nextType.fromBuffer(value.subarray(PREFIX_BYTES), resolver)
}

async function readByClickhouse(): Promise<unknown[]> {
  await clickhouse.command({
    query: `CREATE TABLE ${table} (event_id UUID, \`data.player_id\` String, \`data.balance_after\` Nullable(Decimal(19,4)),
      \`data.${FIELD}\` Nullable(String)) ENGINE = Memory`,
  })
  const target = new URL(required('CLICKHOUSE_URL'))
  target.searchParams.set('query', `INSERT INTO ${table} FORMAT AvroConfluent`)
  target.searchParams.set('format_avro_schema_registry_url', registryUrl)
  // A version that has no such column writes none.
  target.searchParams.set('input_format_avro_allow_missing_fields', '1')
  const response = await fetch(target, { method: 'POST', body: new Uint8Array(Buffer.concat(values)) })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  const rows = await clickhouse.query({
    query: `SELECT event_id, \`data.player_id\` AS player_id, \`data.${FIELD}\` AS promotion FROM ${table} ORDER BY toString(event_id)`,
    format: 'JSONEachRow',
  })
  return rows.json()
}

it('is written by both versions at once and read whole by both, and by ClickHouse', async () => {
  // The older version writes; the newer one's schema is registered under its hands, and its first instance joins in.
  const older = write(RECORDS, (event) => codec.encode(event))
  nextId = await schemas.idOf(subject, next)
  expect(nextId).not.toBe(codec.schemaId)
  const newer = await write(RECORDS, encodeNext)
  const written = [...(await older), ...newer]
  await waitFor(() => values.length >= written.length, { what: 'all records' })

  const versions = values.map((value) => value.readInt32BE(1))
  expect(versions.indexOf(nextId)).toBeLessThan(versions.lastIndexOf(codec.schemaId))
  expect(read.toSorted(byId)).toEqual(written.toSorted(byId))

  const newIds = new Set(newer.map(({ event_id: id }) => id))
  const promotionOf = ({ event_id: id }: TransactionCreated): string | null =>
    newIds.has(id) ? PROMOTION : null
  const grown = z.looseObject({
    event_id: z.string(),
    data: z.looseObject({ [FIELD]: z.string().nullable() }),
  })
  const promotions = new Map(
    values.map((value) => grown.parse(asNext(value))).map(({ event_id: id, data }) => [id, data[FIELD]]),
  )
  expect(promotions).toEqual(new Map(written.map((event) => [event.event_id, promotionOf(event)])))

  expect(await readByClickhouse()).toEqual(
    written.toSorted(byId).map((event) => ({
      event_id: event.event_id,
      player_id: event.data.player_id,
      promotion: promotionOf(event),
    })),
  )
})
