import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createCaches } from './cached.ts'

const schema = z.object({ version: z.number(), name: z.string() })
type Value = z.output<typeof schema>
const NEW: Value = { version: 3, name: 'new' }

/** Reads once, with this text held, or without Redis. */
async function read(held: string | undefined | Error, source: Value | undefined, minVersion = 0) {
  const counted: string[] = []
  const kept: string[] = []
  let asked = 0
  const caches = createCaches({
    cache: {
      get: () => (held instanceof Error ? Promise.reject(held) : Promise.resolve(held)),
      put: (_entry, version, json) => {
        kept.push(`${version} ${json}`)
        return Promise.reject(new Error('lost'))
      },
    },
    counted: (cache, result) => counted.push(`${cache} ${result}`),
    logger: pino({ level: 'silent' }),
  })
  const value = await caches.read({
    cache: { name: 'test:value', ttlMs: 1 },
    ids: ['a'],
    schema,
    minVersion,
    source: () => {
      asked++
      return Promise.resolve(source)
    },
  })
  return { value, counted, kept, asked }
}

const HELD = JSON.stringify({ version: 2, name: 'held' })

describe('a read through a cache', () => {
  it('answers what is held, and asks nobody', async () => {
    expect(await read(HELD, NEW, 2)).toEqual({
      value: { version: 2, name: 'held' },
      counted: ['test:value hit'],
      kept: [],
      asked: 0,
    })
  })

  it.each([
    ['nothing is held', undefined, 0],
    ['what is held is older than what is asked for', HELD, 3],
  ])('asks the source where %s, and keeps what it says', async (_case, held, minVersion) => {
    expect(await read(held, NEW, minVersion)).toEqual({
      value: NEW,
      counted: ['test:value miss'],
      kept: ['3 {"version":3,"name":"new"}'],
      asked: 1,
    })
  })

  it.each([
    ['Redis does not answer', new Error('timeout')],
    ['what is held has another form', '{"version":2}'],
    ['what is held is no JSON', '{'],
  ])('asks the source where %s, and counts it', async (_case, held) => {
    expect(await read(held, NEW)).toMatchObject({ value: NEW, counted: ['test:value error'], asked: 1 })
  })

  it('keeps nothing where the source has nothing', async () => {
    expect(await read(undefined, undefined)).toMatchObject({ value: undefined, kept: [], asked: 1 })
  })
})
