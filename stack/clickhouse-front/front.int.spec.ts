import { createClient, type ClickHouseClient } from '@clickhouse/client'
import avsc from 'avsc'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, spawnFront } from '../testing/front.ts'
import { startFront, type RunningFront } from './start.ts'

let folder: string
let front: RunningFront
let url: string
let client: ClickHouseClient
const logged: string[] = []

const clientOf = (address: string, compressed = false): ClickHouseClient =>
  createClient({
    url: address,
    username: 'someone',
    password: 'anything',
    compression: { request: compressed, response: compressed },
    log: { level: 127 },
  })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stakestream-front-'))
  const port = await freePort()
  front = await startFront(join(folder, 'db'), port, (line) => logged.push(line))
  url = `http://127.0.0.1:${port}`
  client = clientOf(url)
}, 60_000)

afterAll(async () => {
  await client.close()
  await front.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function rowsOf(query: string, params: Record<string, unknown> = {}): Promise<unknown[]> {
  const result = await client.query({ query, format: 'JSONEachRow', query_params: params })
  return await result.json()
}

let tables = 0
async function newTable(columns: string, engine = 'MergeTree ORDER BY tuple()'): Promise<string> {
  tables += 1
  const name = `t${tables}`
  await client.command({ query: `CREATE TABLE ${name} (${columns}) ENGINE = ${engine}` })
  return name
}

const post = (
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : Buffer.from(body),
    headers,
  })

describe('inserts', () => {
  test('given rows as JSONEachRow, when read back, then every character is there and the rows are counted', async () => {
    const table = await newTable('a UInt64, s String')
    const values = [
      { a: '18446744073709551615', s: 'it\'s "quoted" \\ ; \n\t FORMAT JSON' },
      { a: '1', s: 'żółć 漢字 🎲' },
    ]
    const { summary } = await client.insert({ table, values, format: 'JSONEachRow' })
    expect(summary?.written_rows).toBe('2')
    expect(await rowsOf(`SELECT toString(a) AS a, s FROM ${table} ORDER BY ${table}.a DESC`)).toEqual(values)
  })

  test('given chosen columns, CSV and a stream, then each lands', async () => {
    const table = await newTable("a UInt32, s String DEFAULT 'none'")
    await client.insert({ table, columns: ['a'], values: [{ a: 1 }], format: 'JSONEachRow' })
    await client.insert({
      table,
      values: Readable.from(['2,"x;y"\n', '3,z\n'], { objectMode: false }),
      format: 'CSV',
    })
    await client.command({ query: `INSERT INTO ${table} VALUES (4, 'v'), (5, concat('w', '!'))` })
    await client.command({ query: `INSERT INTO ${table} SELECT a + 100, s FROM ${table} WHERE a = 1` })
    expect(await rowsOf(`SELECT a, s FROM ${table} ORDER BY a`)).toEqual([
      { a: 1, s: 'none' },
      { a: 2, s: 'x;y' },
      { a: 3, s: 'z' },
      { a: 4, s: 'v' },
      { a: 5, s: 'w!' },
      { a: 101, s: 'none' },
    ])
  })

  test('given Avro, then its bytes arrive untouched', async () => {
    const table = await newTable('id Int64, payload String')
    const type = avsc.Type.forSchema({
      type: 'record',
      name: 'row',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'payload', type: 'bytes' },
      ],
    })
    const encoder = new avsc.streams.BlockEncoder(type)
    const chunks: Buffer[] = []
    encoder.on('data', (chunk: Buffer) => chunks.push(chunk))
    encoder.write({ id: 7, payload: Buffer.from([0, 255, 10, 39, 92]) })
    encoder.end()
    await once(encoder, 'end')
    const response = await post(`/?query=INSERT+INTO+${table}+FORMAT+Avro`, Buffer.concat(chunks))
    expect(response.status).toBe(200)
    expect(await rowsOf(`SELECT id, hex(payload) AS payload FROM ${table}`)).toEqual([
      { id: 7, payload: '00FF0A275C' },
    ])
  })

  test('given the statement and its data in one body, then a binary format works too', async () => {
    const table = await newTable('a UInt8')
    const body = Buffer.concat([
      Buffer.from(`INSERT INTO ${table} FORMAT RowBinary\n`),
      Buffer.from([59, 39, 255]),
    ])
    expect((await post('/', body)).status).toBe(200)
    expect(await rowsOf(`SELECT a FROM ${table} ORDER BY a`)).toEqual([{ a: 39 }, { a: 59 }, { a: 255 }])
  })

  test('given a bad row, then nothing is inserted and the error says which', async () => {
    const table = await newTable('a UInt8')
    const inserted = client.insert({ table, values: [{ a: 1 }, { a: 'x' }], format: 'JSONEachRow' })
    await expect(inserted).rejects.toMatchObject({ code: '27' })
    expect(await rowsOf(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 0 }])
  })

  test('given the same deduplication token twice, then the rows count once, in the views too', async () => {
    const table = await newTable(
      'a UInt8',
      'MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100',
    )
    const totals = await newTable(
      'n UInt64',
      'SummingMergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 100',
    )
    await client.command({
      query: `CREATE MATERIALIZED VIEW v_${table} TO ${totals} AS SELECT count() AS n FROM ${table}`,
    })
    for (const token of ['one', 'one', 'two']) {
      await client.insert({
        table,
        values: [{ a: 1 }, { a: 2 }],
        format: 'JSONEachRow',
        clickhouse_settings: {
          insert_deduplication_token: token,
          deduplicate_blocks_in_dependent_materialized_views: 1,
        },
      })
    }
    expect(await rowsOf(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 4 }])
    expect(await rowsOf(`SELECT sum(n) AS n FROM ${totals}`)).toEqual([{ n: 4 }])
  })

  test('when an insert is done, then its data file is gone', () => {
    expect(readdirSync(join(folder, 'db.inserts'))).toEqual([])
  })
})

describe('queries', () => {
  test('given parameters of every kind, then they come back as they were', async () => {
    const query = `SELECT {s:String} AS s, {n:Nullable(String)} AS n, {a:Array(String)} AS a, {i:UInt64} AS i,
      {d:DateTime64(3)} AS d, {m:Map(String, UInt8)} AS m, {b:Bool} AS b, {f:Decimal(19, 4)} AS f, {t:Identifier} AS t
      FROM (SELECT 1 AS one)`
    const params = {
      s: "tab\t quote' backslash\\ line\nend",
      n: null,
      a: ["it's", 'a\\b', 'c,d'],
      i: 12n,
      d: '2026-01-02 03:04:05.678',
      m: new Map([['k', 1]]),
      b: true,
      f: '-1234567.0001',
      t: 'one',
    }
    const [row] = await rowsOf(query, params)
    expect(row).toMatchObject({
      s: params.s,
      n: null,
      a: params.a,
      i: 12,
      d: params.d,
      m: { k: 1 },
      b: true,
      f: -1_234_567.0001,
      t: 1,
    })
  })

  test('given a parameter in one query, then the next one knows nothing of it', async () => {
    await rowsOf('SELECT {p:String}', { p: 'x' })
    await expect(rowsOf('SELECT {p:String}')).rejects.toMatchObject({ code: '456' })
  })

  test('given a setting in one query, then it holds there and not in the next', async () => {
    const query = "SELECT getSetting('max_threads') AS n"
    const result = await client.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { max_threads: 3 },
    })
    expect(await result.json()).toEqual([{ n: 3 }])
    expect(await rowsOf(query)).not.toEqual([{ n: 3 }])
  })

  test('given a ReplacingMergeTree, then FINAL shows the last version', async () => {
    const table = await newTable(
      'id UInt8, version UInt8, s String',
      'ReplacingMergeTree(version) ORDER BY id',
    )
    for (const version of [1, 3, 2]) {
      await client.insert({ table, values: [{ id: 1, version, s: `v${version}` }], format: 'JSONEachRow' })
    }
    expect(await rowsOf(`SELECT s FROM ${table} FINAL`)).toEqual([{ s: 'v3' }])
  })

  test('given a mutation with mutations_sync, then it is done when it returns', async () => {
    const table = await newTable('a UInt8', 'MergeTree ORDER BY tuple()')
    await client.insert({ table, values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow' })
    await client.command({
      query: `ALTER TABLE ${table} DELETE WHERE a = 1`,
      clickhouse_settings: { mutations_sync: '1' },
    })
    expect(await rowsOf(`SELECT a FROM ${table}`)).toEqual([{ a: 2 }])
  })

  test('given gzip both ways, then data and answers are the same', async () => {
    const table = await newTable('a UInt32, s String')
    const compressed = clientOf(url, true)
    const values = Array.from({ length: 5_000 }, (_, a) => ({ a, s: `text ${a}` }))
    await compressed.insert({ table, values, format: 'JSONEachRow' })
    const result = await compressed.query({
      query: `SELECT * FROM ${table} ORDER BY a`,
      format: 'JSONEachRow',
    })
    expect(result.response_headers['content-encoding']).toBe('gzip')
    expect(await result.json()).toEqual(values)
    await compressed.close()
    const plain = await post(`/?query=INSERT+INTO+${table}+FORMAT+CSV`, gzipSync('9,x\n'), {
      'content-encoding': 'gzip',
    })
    expect(plain.status).toBe(200)
  })

  test('given a multipart body, then its parameters count', async () => {
    const form = new FormData()
    form.set('query', 'SELECT {x:String} AS x')
    form.set('param_x', 'from the form')
    const response = await fetch(`${url}/`, { method: 'POST', body: form })
    expect(await response.text()).toBe('from the form\n')
  })

  test('given a query of a second, then others and the ping are answered beside it', async () => {
    const order: string[] = []
    const note = async (name: string, work: Promise<unknown>): Promise<void> => {
      await work
      order.push(name)
    }
    await Promise.all([
      note('slow', rowsOf('SELECT sleep(1)')),
      note('quick', rowsOf('SELECT 1')),
      note('ping', client.ping()),
    ])
    expect(order.at(-1)).toBe('slow')
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rowsOf('SELECT {n:UInt32} AS n', { n })),
    )
    expect(many).toEqual(Array.from({ length: 50 }, (_, n) => [{ n }]))
  })
})

describe('errors', () => {
  test.each([
    ['SELECT * FROM nothing', 60, 404, 'UNKNOWN_TABLE'],
    ['SELEKT 1', 62, 400, 'SYNTAX_ERROR'],
    ['SELECT 1; SELECT 2', 62, 400, 'SYNTAX_ERROR'],
    ['', 62, 400, 'SYNTAX_ERROR'],
    ['SELECT nothing', 47, 404, 'UNKNOWN_IDENTIFIER'],
    ["SELECT toUInt8('x')", 6, 400, 'CANNOT_PARSE_TEXT'],
    ['SELECT throwIf(1)', 395, 500, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['SELECT 1 SETTINGS nothing = 1', 115, 404, 'UNKNOWN_SETTING'],
  ])('%s is %i with status %i', async (sql, code, status, name) => {
    const response = await post('/', sql)
    expect(response.status).toBe(status)
    expect(response.headers.get('x-clickhouse-exception-code')).toBe(String(code))
    expect(await response.text()).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(${name}\\) \\(version`, 's'),
    )
  })

  test('given max_execution_time, then a slow query ends with TIMEOUT_EXCEEDED', async () => {
    const query = 'SELECT count() FROM system.numbers WHERE number % 7 = 9'
    const slow = client.query({ query, clickhouse_settings: { max_execution_time: 1 } })
    await expect(slow).rejects.toMatchObject({ code: '159', type: 'TIMEOUT_EXCEEDED' })
  })

  test('given readonly or GET, then nothing is written', async () => {
    const table = await newTable('a UInt8')
    const insert = `INSERT INTO ${table} VALUES (1)`
    expect((await post('/?readonly=1', insert)).status).toBe(500)
    const get = await fetch(`${url}/?query=${encodeURIComponent(insert)}`)
    expect(await get.text()).toContain('READONLY')
    expect(await rowsOf(`SELECT count() AS n FROM ${table}`)).toEqual([{ n: 0 }])
  })

  test('given an unknown database or path, then it says so', async () => {
    expect((await post('/?database=nothing', 'SELECT 1')).headers.get('x-clickhouse-exception-code')).toBe(
      '81',
    )
    expect((await fetch(`${url}/nothing`)).status).toBe(404)
  })
})

test('given a refused statement, then the log has its error and its text', async () => {
  logged.length = 0
  await post('/', 'SELECT * FROM nothing_at_all')
  expect(logged).toEqual([expect.stringMatching(/Code: 60\..* in: SELECT \* FROM nothing_at_all$/)])
})

describe('sessions', () => {
  test("given a session, then its temporary tables and SETs stay and a request's settings do not", async () => {
    const session = createClient({ url, session_id: 'mine', log: { level: 127 } })
    await session.command({ query: 'CREATE TEMPORARY TABLE mine (a UInt8)' })
    await session.insert({ table: 'mine', values: [{ a: 1 }], format: 'JSONEachRow' })
    await session.command({ query: 'SET max_threads = 5', clickhouse_settings: { max_block_size: '1000' } })
    const query = "SELECT a, getSetting('max_threads') AS t, getSetting('max_block_size') AS b FROM mine"
    const rows = await (
      await session.query({ query, format: 'JSONEachRow' })
    ).json<{ a: number; t: number; b: number }>()
    expect(rows).toMatchObject([{ a: 1, t: 5 }])
    expect(rows[0]?.b).not.toBe(1000)
    await expect(rowsOf('SELECT * FROM mine')).rejects.toMatchObject({ code: '60' })
    await session.close()
  })

  test('given two requests at once in one session, then the second is refused', async () => {
    const slow = post('/?session_id=busy', 'SELECT sleep(0.5)')
    const quick = post('/?session_id=busy', 'SELECT 1')
    const codes = (await Promise.all([slow, quick])).map((r) => r.headers.get('x-clickhouse-exception-code'))
    expect(codes).toContain('373')
    expect(codes).toContain(null)
    expect(
      (await post('/?session_id=unknown&session_check=1', 'SELECT 1')).headers.get(
        'x-clickhouse-exception-code',
      ),
    ).toBe('372')
  })
})

describe('SIGKILL', () => {
  test('given inserts under way, when killed and started again, then every acknowledged row is there once', async () => {
    const own = mkdtempSync(join(tmpdir(), 'stakestream-front-'))
    const first = await spawnFront(own)
    const writer = clientOf(first.url)
    await writer.command({ query: 'CREATE TABLE kept (a UInt32) ENGINE = MergeTree ORDER BY a' })
    const acknowledged = new Set<number>()
    const writing = (async () => {
      for (let a = 0; ; a += 1) {
        await writer.insert({ table: 'kept', values: [{ a }], format: 'JSONEachRow' })
        acknowledged.add(a)
        if (a === 100) void first.stop('SIGKILL')
      }
    })()
    await expect(writing).rejects.toThrow()
    await writer.close()
    const second = await spawnFront(own)
    const reader = clientOf(second.url)
    const result = await reader.query({ query: 'SELECT a FROM kept', format: 'JSONEachRow' })
    const stored = (await result.json<{ a: number }>()).map(({ a }) => a)
    expect(acknowledged.size).toBeGreaterThan(100)
    expect([...acknowledged].filter((a) => !stored.includes(a))).toEqual([])
    expect(new Set(stored).size).toBe(stored.length)
    await reader.close()
    await second.stop('SIGTERM')
    rmSync(own, { recursive: true, force: true })
  }, 60_000)
})
