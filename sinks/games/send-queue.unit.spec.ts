/** Commands to the saga: in order, together, and each told what became of its own request. */
import { describe, expect, it } from 'vitest'
import { SEND_BYTES_MAX, SEND_RECORDS_MAX } from './limits.ts'
import { SendQueue } from './send-queue.ts'

/** Requests that end when the test says so. */
function gated() {
  const requests: { values: string[]; end: PromiseWithResolvers<void> }[] = []
  const queue = new SendQueue((messages) => {
    const end = Promise.withResolvers<void>()
    requests.push({ values: messages.map(({ value }) => String(value)), end })
    return end.promise
  })
  const add = (value: string): Promise<void> => queue.add({ key: 'k', value: Buffer.from(value) })
  return { requests, add }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the queue', () => {
  it('sends what came in one turn together, and what comes meanwhile with the next request', async () => {
    const { requests, add } = gated()
    const first = [add('a'), add('b')]
    await turn()
    const second = [add('c'), add('d')]
    await turn()
    expect(requests.map(({ values }) => values)).toEqual([['a', 'b']])
    requests[0]?.end.resolve()
    await Promise.all(first)
    await turn()
    expect(requests.map(({ values }) => values)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    requests[1]?.end.resolve()
    await Promise.all(second)
  })

  it('tells of a request that failed those that went with it alone', async () => {
    const { requests, add } = gated()
    const lost = add('a')
    await turn()
    const kept = add('b')
    requests[0]?.end.reject(new Error('no leader'))
    await expect(lost).rejects.toThrow('no leader')
    await turn()
    requests[1]?.end.resolve()
    await expect(kept).resolves.toBeUndefined()
  })

  it('goes on after it was idle, and keeps a request within its bound', async () => {
    const { requests, add } = gated()
    const one = add('a')
    await turn()
    requests[0]?.end.resolve()
    await one
    const many = Array.from({ length: SEND_RECORDS_MAX + 1 }, (_, index) => add(String(index)))
    await turn()
    requests[1]?.end.resolve()
    await turn()
    requests[2]?.end.resolve()
    await Promise.all(many)
    expect(requests.map(({ values }) => values.length)).toEqual([1, SEND_RECORDS_MAX, 1])
  })

  it('keeps a request within its bytes, and sends what is larger alone', async () => {
    const { requests, add } = gated()
    const third = 'x'.repeat(SEND_BYTES_MAX / 3)
    const sent = [third, third, third, 'x'.repeat(SEND_BYTES_MAX + 1), 'y'].map((value) => add(value))
    for (const at of [0, 1, 2, 3]) {
      await turn()
      requests[at]?.end.resolve()
    }
    await Promise.all(sent)
    expect(requests.map(({ values }) => values.length)).toEqual([2, 1, 1, 1])
  })
})
