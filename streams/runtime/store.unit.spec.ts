/** The task's store on a real LMDB file. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StoreTakenError, TaskStore } from './store.ts'

let path: string
let store: TaskStore
const open = (): TaskStore => TaskStore.open({ path: join(path, '0'), version: 1, clusterId: 'test' })
const bytes = (text: string): Buffer => Buffer.from(text)

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'store-'))
  store = open()
})
afterEach(async () => {
  await store.close()
  rmSync(path, { recursive: true })
})

describe('what is laid straight into the store', () => {
  it('is read at once, and is there with its checkpoint when the store is opened again', async () => {
    store.lay({ changelog: { log: 1 } }, (writer) => writer.put('b', bytes('old')))
    store.lay({ changelog: { log: 7 }, inputOffset: 3 }, (writer) => {
      writer.put('a', bytes('1'))
      expect(writer.get('a')).toEqual(bytes('1'))
      writer.delete('b')
      expect(writer.get('b')).toBe(undefined)
    })
    expect(store.get('a')).toEqual(bytes('1'))
    await store.close()
    store = open()
    expect(store.checkpoint).toEqual({ changelog: { log: 7 }, inputOffset: 3 })
    expect([...store.range('a', 'z')]).toEqual([{ key: 'a', value: bytes('1') }])
  })

  it('is kept whole or not at all', () => {
    store.lay({ changelog: { log: 1 } }, (writer) => writer.put('a', bytes('1')))
    expect(() =>
      store.lay({ changelog: { log: 2 } }, (writer) => {
        writer.put('a', bytes('2'))
        writer.put('b', bytes('2'))
        throw new Error('in the midst')
      }),
    ).toThrow('in the midst')
    expect(store.checkpoint).toEqual({ changelog: { log: 1 } })
    expect([...store.range('a', 'z')]).toEqual([{ key: 'a', value: bytes('1') }])
    store.lay({ changelog: { log: 3 } }, (writer) => writer.put('c', bytes('3')))
    expect(store.get('b')).toBe(undefined)
  })

  it('is refused once another has opened the store', async () => {
    const successor = open()
    expect(() => store.lay({ changelog: { log: 9 } }, (writer) => writer.put('a', bytes('late')))).toThrow(
      StoreTakenError,
    )
    expect(successor.get('a')).toBe(undefined)
    await successor.close()
  })
})

describe('what is written by the next commit', () => {
  it('is not read before, comes once with its checkpoint, and after what the batch has put', async () => {
    store.put('a', bytes('put'))
    store.onCommit((entries) => {
      entries.put('a', bytes('kept'))
      entries.put('b', bytes('1'))
    })
    expect(store.get('a')).toEqual(bytes('put'))
    expect(store.get('b')).toBe(undefined)
    store.commit({ changelog: { log: 1 } })
    expect(store.get('a')).toEqual(bytes('kept'))
    expect(store.get('b')).toEqual(bytes('1'))
    store.delete('b')
    store.commit({ changelog: { log: 2 } })
    expect(store.get('b')).toBe(undefined)
  })

  it('is lost with the process where there was no commit', async () => {
    store.onCommit((entries) => entries.put('a', bytes('1')))
    store.advance({ changelog: { log: 1 } })
    await store.close()
    store = open()
    expect(store.get('a')).toBe(undefined)
    expect(store.checkpoint).toEqual({ changelog: {} })
  })

  it('is not there, nor its checkpoint, where it throws', () => {
    store.onCommit((entries) => {
      entries.put('a', bytes('1'))
      throw new Error('full')
    })
    expect(() => store.commit({ changelog: { log: 1 } })).toThrow('full')
    expect(store.get('a')).toBe(undefined)
    expect(store.checkpoint).toEqual({ changelog: {} })
  })
})

describe('a checkpoint that moves on in memory alone', () => {
  it('comes to the file with the entries, and neither without the other', async () => {
    store.put('a', bytes('1'))
    store.commit({ changelog: { log: 1 } })
    store.put('a', bytes('2'))
    store.advance({ changelog: { log: 2 } })
    expect(store.checkpoint).toEqual({ changelog: { log: 2 } })
    expect(store.get('a')).toEqual(bytes('2'))
    await store.close()
    store = open()
    expect(store.checkpoint).toEqual({ changelog: { log: 1 } })
    expect(store.get('a')).toEqual(bytes('1'))

    store.put('a', bytes('2'))
    store.advance({ changelog: { log: 2 } })
    store.put('b', bytes('3'))
    store.commit({ changelog: { log: 3 } })
    await store.close()
    store = open()
    expect(store.checkpoint).toEqual({ changelog: { log: 3 } })
    expect([...store.range('a', 'z')].map(({ key, value }) => [key, value.toString()])).toEqual([
      ['a', '2'],
      ['b', '3'],
    ])
  })
})
