import { describe, expect, it } from 'vitest'
import { UndecodableError } from './codec.ts'
import type { TopicCodec } from './codec.ts'
import { tableReader } from './table-reader.ts'

/** Values are texts; "new" has a schema that has to be fetched first, "bad" can't be read. */
const codecWith = (learn: () => Promise<void>): TopicCodec<string> => ({
  schemaId: 1,
  encode: (value) => Buffer.from(value),
  decode: (bytes) => {
    if (bytes.toString() === 'bad') throw new UndecodableError('bad')
    return bytes.toString()
  },
  unknownSchemaId: (bytes) => (bytes.toString() === 'new' ? 2 : undefined),
  learn,
})

function read(learn: () => Promise<void> = () => Promise.resolve()) {
  const seen: string[] = []
  const logged: string[] = []
  const unreadable: string[] = []
  const ignore = (): void => undefined
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (_: object, text: string) => void logged.push(text),
  }
  const reader = tableReader(
    codecWith(learn),
    (value) => seen.push(value),
    log,
    (key) => unreadable.push(key),
  )
  return {
    reader: (text: string) => Promise.resolve(reader('t', Buffer.from(text), Buffer.from(`key of ${text}`))),
    seen,
    logged,
    unreadable,
  }
}

describe('a table', () => {
  it('takes what can be read, and says what can not, and whose it is', async () => {
    const { reader, seen, logged, unreadable } = read()
    for (const text of ['a', 'bad', 'new']) await reader(text)
    expect([seen, logged]).toEqual([['a', 'new'], ['a record can not be read']])
    expect(unreadable).toEqual(['key of bad'])
  })

  it('refuses a record whose schema can not be fetched now, so that it comes again', async () => {
    const { reader, seen } = read(() => Promise.reject(new Error('away')))
    await expect(reader('new')).rejects.toThrow('away')
    expect(seen).toEqual([])
  })
})
