import { describe, expect, it, vi } from 'vitest'
import { createSender } from './sender.ts'
import type { CommandSender, OutgoingCommand } from './sender.ts'

const VALUE_BYTES = 68
/** Key of no bytes, value and overhead. */
const COMMAND_BYTES = VALUE_BYTES + 32

interface Rig {
  sender: CommandSender
  /** Values of each send. */
  sends: string[][]
  /** Ends the send under way. */
  finish: (error?: Error) => Promise<void>
  setReady: (ready: boolean) => void
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function rig({ recordsMax = 100, bytesMax = 100_000, spacingMs = 0 } = {}): Rig {
  const sends: string[][] = []
  let ready = true
  let end: { resolve: () => void; reject: (error: Error) => void } | undefined
  const sender = createSender({
    recordsMax,
    bytesMax,
    spacingMs,
    ready: () => ready,
    send: (commands) => {
      sends.push(commands.map(({ value }) => value.toString().trim()))
      return new Promise((resolve, reject) => (end = { resolve, reject }))
    },
  })
  return {
    sender,
    sends,
    finish: async (error) => {
      if (error === undefined) end?.resolve()
      else end?.reject(error)
      await turn()
      await turn()
    },
    setReady: (value) => {
      ready = value
      if (value) sender.wake()
    },
  }
}

const command = (name: string): OutgoingCommand & { ends: string[] } => {
  const ends: string[] = []
  const outgoing: OutgoingCommand & { ends: string[] } = {
    key: '',
    value: Buffer.from(name.padEnd(VALUE_BYTES)),
    partition: 0,
    state: 'queued',
    ends,
    sent: () => ends.push(outgoing.state),
  }
  return outgoing
}

describe('the gathering sender', () => {
  it('sends what came in one turn together, and gathers the rest while that is under way', async () => {
    const { sender, sends, finish } = rig()
    for (const name of ['a', 'b']) sender.enqueue(command(name))
    await turn()
    for (const name of ['c', 'd', 'e']) sender.enqueue(command(name))
    await turn()
    expect(sends).toEqual([['a', 'b']])
    await finish()
    expect(sends).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ])
  })

  it('keeps to its bounds, in order', async () => {
    const byRecords = rig({ recordsMax: 2 })
    const byBytes = rig({ bytesMax: 3 * COMMAND_BYTES })
    for (const { sender, finish } of [byRecords, byBytes]) {
      for (const name of ['a', 'b', 'c', 'd', 'e']) sender.enqueue(command(name))
      await turn()
      await finish()
      await finish()
    }
    expect(byRecords.sends).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(byBytes.sends).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ])
  })

  it('sends a command that alone exceeds the bytes', async () => {
    const { sender, sends } = rig({ bytesMax: 10 })
    sender.enqueue(command('a'))
    await turn()
    expect(sends).toEqual([['a']])
  })

  it('tells each command how its send ended', async () => {
    const { sender, finish } = rig({ recordsMax: 1 })
    const [first, second] = [command('a'), command('b')]
    sender.enqueue(first)
    sender.enqueue(second)
    await turn()
    await finish()
    await finish(new Error('unknown outcome'))
    expect([first.ends, second.ends]).toEqual([['acknowledged'], ['unknown']])
  })

  it('takes back what was not handed to Kafka, and only that', async () => {
    const { sender, sends, finish } = rig()
    const [first, second, third] = [command('a'), command('b'), command('c')]
    sender.enqueue(first)
    await turn()
    sender.enqueue(second)
    sender.enqueue(third)
    expect([sender.withdraw(first), sender.withdraw(second)]).toEqual([false, true])
    await finish()
    expect(sends).toEqual([['a'], ['c']])
    expect(sender.withdraw(third)).toBe(false)
    expect(second.ends).toEqual([])
  })

  it('waits for the connection, and goes on when woken', async () => {
    const { sender, sends, setReady } = rig()
    setReady(false)
    sender.enqueue(command('a'))
    await turn()
    expect([sends, sender.queued()]).toEqual([[], 1])
    setReady(true)
    await turn()
    expect(sends).toEqual([['a']])
  })
})

describe('the distance between sends', () => {
  it('lets a lone command leave at once and gathers those that follow it closely', async () => {
    const { sender, sends, finish } = rig({ spacingMs: 20 })
    sender.enqueue(command('a'))
    await turn()
    expect(sends).toEqual([['a']])
    await finish()
    sender.enqueue(command('b'))
    await turn()
    sender.enqueue(command('c'))
    await turn()
    expect(sends).toEqual([['a']])
    await vi.waitFor(() => expect(sends).toEqual([['a'], ['b', 'c']]))
  })
})
