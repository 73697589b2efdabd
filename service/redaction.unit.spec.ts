import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { currentLogFields, withLogFields } from './log-context.ts'
import { createLogger } from './logger.ts'

const AVRO = join(import.meta.dirname, '../avro')
const field = z.object({ name: z.string(), sensitivity: z.enum(['personal', 'secret']) })

/** Where the sensitive fields of a schema stand, as paths of names. */
function sensitivePaths(schema: unknown, above: readonly string[] = []): string[][] {
  if (Array.isArray(schema)) return schema.flatMap((item) => sensitivePaths(item, above))
  if (typeof schema !== 'object' || schema === null) return []
  const marked = field.safeParse(schema)
  const fields = 'fields' in schema ? [] : 'name' in schema && 'type' in schema ? [String(schema.name)] : []
  const path = [...above, ...fields]
  return [
    ...(marked.success ? [[...above, marked.data.name]] : []),
    ...Object.values(schema).flatMap((part) => sensitivePaths(part, path)),
  ]
}

const schemas = readdirSync(AVRO).filter((file) => file.endsWith('.avsc'))
const sensitive = schemas.flatMap((file) =>
  sensitivePaths(JSON.parse(readFileSync(join(AVRO, file), 'utf8'))).map((path) => ({ file, path })),
)

/** All that is written while something is logged. */
function logged(log: (logger: ReturnType<typeof createLogger>) => void): string {
  let written = ''
  log(createLogger('test', 'trace', { write: (line) => void (written += line) }))
  return written
}

const SECRET = 'Zoltrav Kendrimov'

describe('a field that a schema marks as sensitive', () => {
  it('is found in the schemas', () => {
    expect(sensitive.length).toBeGreaterThan(40)
    expect(sensitive).toContainEqual({ file: 'wallet.command.avsc', path: ['data', 'player', 'name'] })
  })

  it.each(sensitive)('$file: $path does not reach a log, wherever its record is logged', ({ path }) => {
    const record = path.reduceRight<unknown>((value, name) => ({ [name]: value }), SECRET)
    const name = path.at(-1) ?? ''
    const camel = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    const error = Object.assign(new Error('refused'), {
      record,
      of: Object.assign(new Error('x'), { row: { [name]: SECRET } }),
    })
    const text = logged((logger) => {
      logger.info(record as object, 'record')
      logger.info({ [name]: SECRET, [camel]: SECRET }, 'field')
      logger.info({ batch: [{ value: record }], all: { of: { them: [[record]] } } }, 'nested')
      logger.error({ err: error }, 'failed')
    })
    expect(text.split('\n')).toHaveLength(5)
    expect(text).not.toContain(SECRET)
    expect(text).toContain('[redacted]')
  })
})

describe('a secret', () => {
  it.each([
    ['x-api-key', { req: { headers: { 'x-api-key': SECRET } } }],
    ['Authorization', { headers: { Authorization: SECRET } }],
    ['webhook-signature', { response: { request: { headers: { 'webhook-signature': SECRET } } } }],
    ['a password', { connection: { options: { password: SECRET } } }],
    ['a key', { config: { ENCRYPTION_KEY: SECRET, API_KEY_PEPPER: SECRET } }],
    [
      'what a database refused',
      { err: Object.assign(new Error('no'), { detail: `Key (name)=(${SECRET})`, where: SECRET }) },
    ],
    ['an encoded record', { record: Buffer.from(SECRET) }],
  ])('is taken out by the name of its field: %s', (_, fields) => {
    const text = logged((logger) => logger.warn(fields, 'line'))
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain(String(Buffer.from(SECRET)[0]) + ',' + String(Buffer.from(SECRET)[1]))
  })

  it.each([
    ['sk_live_a1b2c3d4_Zm9vYmFyYmF6', 'sk_live_[redacted]'],
    ['sk_test_a1b2c3d4_Zm9vYmFy-_', 'sk_test_[redacted]'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_[redacted]'],
    ['Authorization: Bearer eyJhbGciOi.eyJz.c2ln', 'Bearer [redacted]'],
    [
      'postgres://stakestream:hunter2@db.internal:5432/x',
      'postgres://stakestream:[redacted]@db.internal:5432/x',
    ],
    ['redis://:hunter2@cache:6379', 'redis://:[redacted]@cache:6379'],
    ['ann.smith+x@mail.partner.example was taken', '[redacted] was taken'],
  ])('is taken out by its form, from messages, fields and stacks: %s', (secret, instead) => {
    const text = logged((logger) => {
      logger.info(`it was ${secret}`)
      logger.info({ url: secret }, 'line')
      logger.error({ err: new Error(`can not use ${secret}`) }, 'failed')
    })
    expect(text).not.toContain(secret)
    expect(text.split(instead).length).toBeGreaterThanOrEqual(4)
  })

  it('is all that is taken out: the rest of a line stays as it was', () => {
    const text = logged((logger) =>
      logger.info(
        {
          topic: 'wallet.command',
          offset: 12,
          amount: 10n,
          at: new Date(0),
          nothing: null,
          url: 'postgres://stakestream@db.internal:5432/x',
          err: new TypeError('no'),
        },
        'a line',
      ),
    )
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      service: 'test',
      msg: 'a line',
      topic: 'wallet.command',
      offset: 12,
      amount: 10,
      at: '1970-01-01T00:00:00.000Z',
      nothing: null,
      url: 'postgres://stakestream@db.internal:5432/x',
      err: { type: 'TypeError', message: 'no', stack: expect.stringContaining('TypeError: no') },
    })
  })

  it('an object without an end is cut off', () => {
    const endless: Record<string, unknown> = {}
    endless['self'] = endless
    expect(logged((logger) => logger.info(endless, 'line'))).toContain('[deeper]')
  })
})

describe('lines of a request', () => {
  const fieldsOf = (text: string): unknown => JSON.parse(text)

  it("carry the request's ids through its asynchronous calls, and no longer than it lasts", async () => {
    let later: Promise<string> = Promise.resolve('')
    const over = Promise.withResolvers<void>()
    const fields = { request_id: 'r1' }
    await withLogFields(fields, async () => {
      await Promise.resolve()
      Object.assign(fields, { partner_id: 'p1', trace_id: 't1', span_id: 's1' })
      expect(fieldsOf(logged((logger) => logger.info('within')))).toMatchObject({
        request_id: 'r1',
        partner_id: 'p1',
        trace_id: 't1',
        span_id: 's1',
      })
      later = over.promise.then(() => logged((logger) => logger.info('behind')))
    })
    over.resolve()
    expect(fieldsOf(await later)).not.toHaveProperty('request_id')
    expect(currentLogFields()).toEqual({})
  })
})
