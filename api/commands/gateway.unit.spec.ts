import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Registry } from '@prometheus-io/client'
import type { WalletCommand, WalletReplyData } from '../../avro/types.ts'
import { TRACED_RECORDS_MAX } from '../../service/tracing.ts'
import type { Tracing } from '../../service/tracing.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { PENDING_COMMANDS_MAX } from '../limits.ts'
import { createApiMetrics } from '../metrics.ts'
import { appliedReply } from '../testing/app.ts'
import { buildCommand } from './command.ts'
import { createGateway } from './gateway.ts'
import type { CommandGateway, CommandResult } from './gateway.ts'
import type { OutgoingCommand } from './sender.ts'

const REPLY_TIMEOUT_MS = 1_000
const STALLED_MS = 2_100

/** Values are the commands themselves, as JSON without amounts. */
const codec: TopicCodec<WalletCommand> = {
  schemaId: 1,
  encode: ({ event_id, data }) => Buffer.from(JSON.stringify({ event_id, reply_to: data.reply_to })),
  decode: () => {
    throw new Error('not needed')
  },
  unknownSchemaId: () => undefined,
  learn: () => Promise.resolve(),
}

interface World {
  connected: boolean
  downForMs: number
  partitions: number | undefined
  replyPartitions: number[]
  sends: OutgoingCommand[][]
  endSend: (error?: Error) => void
  connect: () => void
  reply: (reply: WalletReplyData) => void
  /** Spans of sends by their number, and with what they ended. */
  spans: unknown[]
}

let world: World
let gateway: CommandGateway

/** Every send is sampled; its header is its number. */
const tracing: Tracing = {
  request: () => Promise.reject(new Error('not needed')),
  batch: () => {
    throw new Error('not needed')
  },
  send: () => {
    const number = world.spans.push('open') - 1
    return {
      traceparent: String(number),
      end: (error) => (world.spans[number] = error instanceof Error ? error.message : 'sent'),
    }
  },
  close: () => Promise.resolve(),
}

beforeEach(() => {
  vi.useFakeTimers()
  world = {
    connected: true,
    downForMs: 0,
    partitions: 4,
    replyPartitions: [0, 1],
    sends: [],
    endSend: () => undefined,
    connect: () => undefined,
    reply: () => undefined,
    spans: [],
  }
  gateway = createGateway({
    tracing,
    codec,
    replyTimeoutMs: REPLY_TIMEOUT_MS,
    partitionCount: () => world.partitions,
    metrics: createApiMetrics(new Registry()),
    connectLink: (onConnected) => {
      world.connect = onConnected
      return {
        connected: () => world.connected,
        downForMs: () => world.downForMs,
        send: (commands) => {
          world.sends.push([...commands])
          return new Promise((resolve, reject) => {
            world.endSend = (error) => (error === undefined ? resolve() : reject(error))
          })
        },
        start: () => Promise.resolve(),
        stop: () => Promise.resolve(),
      }
    },
    connectReplies: (onReply) => {
      world.reply = onReply
      return {
        partitionFor: (partition) => world.replyPartitions[partition % world.replyPartitions.length],
        positioned: () => world.replyPartitions,
        start: () => Promise.resolve(),
        stop: () => Promise.resolve(),
      }
    },
  })
})
afterEach(async () => {
  const stopped = gateway.stop()
  await vi.advanceTimersByTimeAsync(2 * REPLY_TIMEOUT_MS)
  await stopped
  vi.useRealTimers()
})

const command = (player = 'p'): WalletCommand =>
  buildCommand(
    {
      principal: {
        partnerId: '0f0e0d0c-0b0a-4908-8706-050403020100',
        scopes: new Set(),
        keyId: 'k',
        limits: { autoApproveUnits: new Map(), rateLimits: {} },
      },
      origin: { requestId: 'r', address: '' },
      playerId: player,
      type: 'BET',
      fields: { currency: 'USD', amount: 1n },
    },
    { withdrawalHoldMs: 1, isWithheld: () => false, betHoldMs: 1_000, confirmingProvider: () => undefined },
    0,
  )

/** Submits one command and says how it ended so far. */
function submit(
  one = command(),
  awaitReply = true,
): { result: () => CommandResult | undefined; command: WalletCommand } {
  let result: CommandResult | undefined
  void Promise.all(gateway.submit([one], awaitReply)).then(([ended]) => (result = ended))
  return { result: () => result, command: one }
}

const pass = (ms = 1): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

describe('the gateway', () => {
  it('answers with the reply, whether it comes after the acknowledgement or before', async () => {
    const first = submit()
    await pass()
    world.endSend()
    await pass()
    expect(first.result()).toBeUndefined()
    world.reply(appliedReply(first.command))
    await pass()
    expect(first.result()).toMatchObject({ kind: 'decided' })

    const second = submit()
    await pass()
    world.reply(appliedReply(second.command))
    await pass()
    expect(second.result()).toMatchObject({ kind: 'decided' })
  })

  it('names a partition of its own for the reply, the same for all commands of a player', async () => {
    submit(command('a'))
    submit(command('a'))
    await pass()
    const named = world.sends[0]?.map(({ value }) => /"reply_to":(\d)/.exec(value.toString())?.[1])
    expect(named).toHaveLength(2)
    expect(named?.[0]).toBeOneOf(['0', '1'])
    expect(named?.[1]).toBe(named?.[0])
  })

  it('asks for no reply where none is awaited, and answers when Kafka has acknowledged', async () => {
    const one = submit(command(), false)
    await pass()
    expect(JSON.parse(world.sends[0]?.[0]?.value.toString() ?? '')).toMatchObject({ reply_to: null })
    expect(one.result()).toBeUndefined()
    world.endSend()
    await pass()
    expect(one.result()).toEqual({ kind: 'pending', acknowledged: true })
  })

  it('says pending, not failed, after a time-out: acknowledged where Kafka has said so', async () => {
    const acknowledged = submit()
    await pass()
    world.endSend()
    const unknown = submit(command('other'))
    await pass(REPLY_TIMEOUT_MS + 100)
    expect(acknowledged.result()).toEqual({ kind: 'pending', acknowledged: true })
    expect(unknown.result()).toEqual({ kind: 'pending', acknowledged: false })
  })

  it('still waits for the reply when the send failed: it may have landed', async () => {
    const one = submit()
    const other = submit(command('x'), false)
    await pass()
    world.endSend(new Error('time-out'))
    await pass()
    expect(one.result()).toBeUndefined()
    expect(other.result()).toEqual({ kind: 'pending', acknowledged: false })
    world.reply(appliedReply(one.command))
    await pass()
    expect(one.result()).toMatchObject({ kind: 'decided' })
  })

  it('takes back what never left, and says so', async () => {
    world.connected = false
    const one = submit()
    await pass(REPLY_TIMEOUT_MS + 100)
    expect(one.result()).toEqual({ kind: 'unsent', code: 'SERVICE_UNAVAILABLE' })
    world.connected = true
    world.connect()
    await pass()
    expect(world.sends).toEqual([])
  })

  it('waits out a short break of the connection', async () => {
    world.connected = false
    const one = submit()
    await pass(REPLY_TIMEOUT_MS / 2)
    world.connected = true
    world.connect()
    await pass()
    world.reply(appliedReply(one.command))
    await pass()
    expect(one.result()).toMatchObject({ kind: 'decided' })
  })

  it('refuses at once while the connection is down for longer, or a send hangs', async () => {
    world.downForMs = STALLED_MS
    const down = submit()
    await pass()
    expect([down.result(), gateway.state().producer]).toEqual([
      { kind: 'unsent', code: 'SERVICE_UNAVAILABLE' },
      'down',
    ])
    world.downForMs = 0
    submit()
    await pass(STALLED_MS)
    const stalled = submit()
    await pass()
    expect([stalled.result(), gateway.state().producer]).toEqual([
      { kind: 'unsent', code: 'SERVICE_UNAVAILABLE' },
      'stalled',
    ])
    world.endSend()
  })

  it('refuses while no reply could be read, but not what awaits none', async () => {
    world.replyPartitions = []
    const one = submit()
    const other = submit(command(), false)
    await pass()
    world.endSend()
    await pass()
    expect([one.result(), other.result()]).toEqual([
      { kind: 'unsent', code: 'SERVICE_UNAVAILABLE' },
      { kind: 'pending', acknowledged: true },
    ])
    expect(gateway.state().ready).toBe(false)
  })

  it('refuses until the partitions of the topic are known', async () => {
    world.partitions = undefined
    const one = submit()
    await pass()
    expect(one.result()).toEqual({ kind: 'unsent', code: 'SERVICE_UNAVAILABLE' })
  })

  it('takes on all commands of a call or none', async () => {
    const commands = Array.from({ length: PENDING_COMMANDS_MAX }, (_, at) => command(`p${at}`))
    const results = gateway.submit(commands, true)
    const [refused] = await Promise.all(gateway.submit([command()], true))
    expect(refused).toEqual({ kind: 'unsent', code: 'TOO_MANY_PENDING' })
    expect(gateway.state().pendingCommands).toBe(PENDING_COMMANDS_MAX)
    await pass()
    for (const one of commands) world.reply(appliedReply(one))
    expect(new Set((await Promise.all(results)).map(({ kind }) => kind))).toEqual(new Set(['decided']))
  })

  it('takes on nothing once it stops, and lets the rest end', async () => {
    const one = submit()
    await pass()
    const stopped = gateway.stop()
    const late = submit()
    await pass()
    world.reply(appliedReply(one.command))
    await pass(100)
    await stopped
    expect([one.result()?.kind, late.result()?.kind]).toEqual(['decided', 'unsent'])
  })
})

describe('traces', () => {
  it('go with the commands, and their sends end with what became of them', async () => {
    submit()
    await pass()
    expect(world.sends[0]?.[0]?.traceparent).toBe('0')
    submit()
    await pass()
    world.endSend()
    await pass(10)
    expect(world.spans).toEqual(['sent', 'open'])
    world.endSend(new Error('gone'))
    await pass()
    expect(world.spans).toEqual(['sent', 'not acknowledged'])
  })

  it('of a command that is taken back end too', async () => {
    world.connected = false
    const { result } = submit()
    await pass(REPLY_TIMEOUT_MS + 100)
    expect(result()).toMatchObject({ kind: 'unsent' })
    expect(world.spans).toEqual(['not sent'])
  })

  it('are followed for the first commands of a large batch', async () => {
    void Promise.all(
      gateway.submit(
        Array.from({ length: TRACED_RECORDS_MAX + 1 }, () => command()),
        true,
      ),
    )
    await pass()
    expect(world.spans).toHaveLength(TRACED_RECORDS_MAX)
    expect(world.sends[0]?.at(-1)?.traceparent).toBeUndefined()
  })
})
