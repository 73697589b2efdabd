/** Any sequence of commands, in any batches: the processor against an independent model, and restore against both. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Transaction, WalletCommand, WalletReplyData } from '../../avro/types.ts'
import { NO_CURRENCY } from '../../domain/currencies.ts'
import { playerKey } from '../../domain/ids.ts'
import { WALLET_ERRORS } from '../../domain/errors.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { WalletLogic } from './logic.ts'
import type { WalletCodecs } from './logic.ts'
import { sweep } from './housekeeping.ts'
import { commandSequence } from './testing/arbitrary.ts'
import { ListOutput, MapStore, commandRecord, logRecord, memoryCodecs } from './testing/fixtures.ts'
import type { SentRecord } from './testing/fixtures.ts'
import { ModelPlayer } from './testing/model.ts'

/** Sequences per property; more of them with PROPERTY_RUNS. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 100)
const SAMPLE_RUNS = 200
/** A guard against hanging, not a measure. */
const TIMEOUT_MS = 60_000 + RUNS * 200
const LENGTH_MAX = 60
const OPTIONS = { replyPartitions: 1 }
const TRANSACTIONS = 'wallet.transaction.created'
const BALANCES = 'wallet.balance'
const PROFILES = 'player.profile.updated'
const DEAD_KEYS = /^[cthrw]\//

vi.setConfig({ testTimeout: TIMEOUT_MS })

let codecs: WalletCodecs
beforeAll(async () => {
  codecs = await memoryCodecs()
})

interface Run {
  store: MapStore
  output: ListOutput
}

const keyOf = ({ data }: WalletCommand): string => playerKey(data.partner_id, data.player_id)

/** Processes the commands; a batch ends behind the commands whose turn in `ends` is true. */
function live(commands: readonly WalletCommand[], ends: readonly boolean[], sweeping = false): Run {
  const store = new MapStore()
  const output = new ListOutput()
  const logic = new WalletLogic(codecs, OPTIONS)
  const endBatch = (nowMs: number): void => {
    logic.endBatch(store, output, true)
    store.commit()
    if (!sweeping) return
    sweep(store, '', Number.MAX_SAFE_INTEGER, nowMs)
    store.commit()
  }
  commands.forEach((command, index) => {
    logic.process(commandRecord(codecs, command, index), store, output)
    if (ends.length > 0 && ends[index % ends.length] === true) endBatch(command.timestamp)
  })
  endBatch(commands.at(-1)?.timestamp ?? 0)
  return { store, output }
}

const repliesOf = ({ output }: Run): WalletReplyData[] =>
  output.of('wallet.reply').map(({ value }) => codecs.reply.decode(value).data)

const eventsOf = ({ output }: Run): Transaction[] =>
  output.of(TRANSACTIONS).map(({ value }) => codecs.transaction.decode(value).data)

/** Lays records over a store, up to `every` of one topic at a time, as fetches bring them. */
function restoreInto(store: MapStore, records: readonly SentRecord[], every: number, settled: boolean): void {
  const logic = new WalletLogic(codecs, OPTIONS)
  let from = 0
  while (from < records.length) {
    const topic = records[from]?.topic ?? ''
    let to = from + 1
    while (to - from < every && records[to]?.topic === topic) to++
    const fetched = records.slice(from, to)
    logic.restore(
      topic,
      fetched.map(({ key, value }, index) => logRecord(key, value, from + index)),
      store,
      settled,
    )
    store.commit()
    from = to
  }
}

function restored(records: readonly SentRecord[], every: number, settled: boolean): MapStore {
  const store = new MapStore()
  restoreInto(store, records, every, settled)
  return store
}

/** Only the newest snapshot of each player, as a compacted topic holds it. */
const compacted = (snapshots: readonly SentRecord[]): SentRecord[] => [
  ...new Map(snapshots.map((record) => [record.key, record])).values(),
]

/** Each topic in its own order, taken by turns as the picks say. */
function interleaved(topics: readonly (readonly SentRecord[])[], picks: readonly number[]): SentRecord[] {
  const left = topics.map((records) => [...records])
  const result: SentRecord[] = []
  for (let turn = 0; left.some((records) => records.length > 0); turn++) {
    const pick = picks[turn % Math.max(1, picks.length)] ?? turn
    const next = left[pick % left.length]?.shift() ?? left.find((records) => records.length > 0)?.shift()
    if (next !== undefined) result.push(next)
  }
  return result
}

/** Records that a restore lays at a time. */
const EVERY = 3
const batches = fc.array(fc.boolean(), { maxLength: 7 })

describe('against the model', () => {
  it('every answer, balance, version and code is as expected', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const players = new Map<string, ModelPlayer>()
        const expected = commands.flatMap((command) => {
          const model = players.get(keyOf(command)) ?? new ModelPlayer()
          players.set(keyOf(command), model)
          const { answered, recorded: _, ...reply } = model.decide(command)
          return answered ? [reply] : []
        })
        const replies = repliesOf(live(commands, ends))
        expect(
          replies.map((reply) => ({
            outcome: reply.outcome,
            error_code: reply.error_code,
            transaction_id: reply.transaction_id,
            status: reply.status,
            new_balance: reply.new_balance,
            balance: reply.balance,
            held: reply.held,
            version: reply.version,
            self_excluded_from: reply.self_excluded_from,
          })),
        ).toEqual(expected)
      }),
      { numRuns: RUNS },
    )
  })

  it('the sequences meet every outcome and every code that commands can get', () => {
    const met = new Set<string>()
    for (const commands of fc.sample(commandSequence(LENGTH_MAX), { numRuns: SAMPLE_RUNS, seed: 1 }))
      for (const reply of repliesOf(live(commands, [])))
        met.add(reply.outcome === 'REJECTED' ? `${reply.error_code}` : reply.outcome)
    const endings = ['WITHDRAWAL_DECLINED', 'PAYOUT_FAILED', 'HOLD_EXPIRED']
    const codes = Object.keys(WALLET_ERRORS).filter((code) => !endings.includes(code))
    expect([...met].toSorted()).toEqual(['APPLIED', 'REPLAYED', ...codes].toSorted())
  })

  it('every recorded decision has one event, and no other has', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const players = new Map<string, ModelPlayer>()
        const recorded = commands.filter((command) => {
          const model = players.get(keyOf(command)) ?? new ModelPlayer()
          players.set(keyOf(command), model)
          return model.decide(command).recorded
        })
        expect(eventsOf(live(commands, ends)).map((event) => event.command_id)).toEqual(
          recorded.map((command) => command.event_id),
        )
      }),
      { numRuns: RUNS },
    )
  })
})

describe('profiles', () => {
  it('each accepted change is recorded once, with the next version, and a copy of it changes nothing', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const run = live(commands, ends)
        const profiles = run.output.of(PROFILES).map(({ value }) => codecs.profile.decode(value).data)
        expect(profiles.map(({ command_id: id }) => id)).toEqual(
          repliesOf(run)
            .filter(({ outcome, currency }) => outcome === 'APPLIED' && currency === NO_CURRENCY)
            .map(({ command_id: id }) => id),
        )
        expect(new Set(profiles.map(({ command_id: id }) => id)).size).toBe(profiles.length)
        const versions = new Map<string, number>()
        for (const { player_id: player, version } of profiles) {
          expect(version).toBe((versions.get(player) ?? 0) + 1)
          versions.set(player, version)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('no promised exclusion is cut: whoever is excluded until a moment is refused up to it', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const run = live(commands, ends)
        const placed = new Set(
          eventsOf(run)
            .filter(({ type, status }) => type === 'BET' && status !== 'FAILED')
            .map(({ command_id: id, processed_at: atMs }) => `${id}/${atMs}`),
        )
        const changed = new Set(
          repliesOf(run)
            .filter(({ outcome, currency }) => outcome === 'APPLIED' && currency === NO_CURRENCY)
            .map(({ command_id: id }) => id),
        )
        /** By player: when the longest promise so far begins and ends. */
        const promised = new Map<string, { from: number; until: number }>()
        commands.forEach(({ event_id: id, timestamp, data }) => {
          const promise = promised.get(data.player_id)
          if (data.type === 'BET' && promise !== undefined && placed.has(`${id}/${timestamp}`))
            expect(timestamp < promise.from || timestamp >= promise.until).toBe(true)
          const asked = data.player?.self_exclusion ?? null
          if (!changed.has(id) || asked === null) return
          const until = asked.until ?? Infinity
          if (until >= (promise?.until ?? 0)) promised.set(data.player_id, { from: asked.from, until })
        })
      }),
      { numRuns: RUNS },
    )
  })
})

/** What an outsider who adds up the events of one wallet knows. */
interface Tally {
  balance: bigint
  held: bigint
  version: number
}

describe('the books', () => {
  it("entries sum to zero, and the player's accounts add up to balance and held funds, never below 0", () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const wallets = new Map<string, Tally>()
        for (const event of eventsOf(live(commands, ends))) {
          expect(event.entries.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n)
          expect(event.amount >= 0n).toBe(true)
          if (event.balance_after === null) continue
          const before = wallets.get(event.wallet_id) ?? { balance: 0n, held: 0n, version: 0 }
          const moved = (account: string): bigint =>
            event.entries
              .filter((entry) => entry.account === account)
              .reduce((sum, { amount }) => sum + amount, 0n)
          const after = {
            balance: before.balance + moved('PLAYER'),
            held: before.held + moved('PLAYER_HELD'),
            version: event.version,
          }
          expect(event.balance_before).toBe(before.balance)
          expect([event.balance_after, event.held_after]).toEqual([after.balance, after.held])
          expect(after.balance >= 0n && after.held >= 0n).toBe(true)
          expect(after.balance + after.held <= AMOUNT_UNITS_MAX).toBe(true)
          expect(after.version).toBeGreaterThanOrEqual(before.version)
          wallets.set(event.wallet_id, after)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('versions have no gaps: events and changes of standing together count every one', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const run = live(commands, ends)
        const standings = repliesOf(run).filter(
          ({ outcome, status, currency }) =>
            outcome === 'APPLIED' && status === null && currency !== NO_CURRENCY,
        )
        const accepted = eventsOf(run).filter(
          ({ status, command_id: command, transaction_id: id }) => status !== 'FAILED' || command !== id,
        )
        const changes = [...accepted.filter(({ type }) => type !== 'ROLLBACK'), ...standings]
        const versions = (of: readonly (Transaction | WalletReplyData)[], wallet: string): number[] =>
          of
            .filter((each) => `${each.player_id}/${each.currency}` === wallet && each.version > 0)
            .map(({ version }) => version)
        for (const wallet of new Set(accepted.map((each) => `${each.player_id}/${each.currency}`))) {
          const own = versions(changes, wallet)
          expect(new Set(own).size).toBe(own.length)
          // A rollback without a bet changes nothing, and has the version of what was before it.
          const all = new Set([...own, ...versions(accepted, wallet)])
          expect([...all].toSorted((one, other) => one - other)).toEqual([...all].map((_, at) => at + 1))
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('no bet is refunded twice while it is remembered, and no rejected bet ever', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const events = eventsOf(live(commands, ends))
        const refunds = events.filter((event) => event.type === 'ROLLBACK' && event.entries.length > 0)
        for (const { reference_transaction_id: betId, amount, currency } of refunds) {
          const bets = events.filter(
            (event) => event.type === 'BET' && event.status === 'COMPLETED' && event.transaction_id === betId,
          )
          const refundsOfBet = refunds.filter((event) => event.reference_transaction_id === betId)
          expect(refundsOfBet.length).toBeLessThanOrEqual(bets.length)
          expect(bets.at(-1)).toMatchObject({ amount, currency })
        }
      }),
      { numRuns: RUNS },
    )
  })
})

describe('batches', () => {
  it('where they end changes neither answers nor events nor the store', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const one = live(commands, ends)
        const other = live(commands, [])
        expect(repliesOf(one)).toEqual(repliesOf(other))
        expect(eventsOf(one)).toEqual(eventsOf(other))
        expect(one.store.entries()).toEqual(other.store.entries())
      }),
      { numRuns: RUNS },
    )
  })

  it('the last snapshot and the last profile of a player are his state', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        const run = live(commands, ends)
        const newest = [BALANCES, PROFILES].flatMap((topic) => compacted(run.output.of(topic)))
        expect(restored(newest, 1, true).entries()).toEqual(
          run.store.entries().filter(([key]) => !DEAD_KEYS.test(key)),
        )
      }),
      { numRuns: RUNS },
    )
  })

  it('sweeping between them changes no answer', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), batches, (commands, ends) => {
        expect(repliesOf(live(commands, ends, true))).toEqual(repliesOf(live(commands, ends)))
      }),
      { numRuns: RUNS },
    )
  })
})

describe('restore', () => {
  it('from events, snapshots and profiles, in any order of the three topics, gives the live store to the byte', () => {
    const input = [
      commandSequence(LENGTH_MAX),
      batches,
      fc.array(fc.nat(2), { maxLength: 7 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
    ] as const
    fc.assert(
      fc.property(...input, (commands, ends, picks, compact, every, settled) => {
        const { store, output } = live(commands, ends)
        const events = output.of(TRANSACTIONS)
        const [snapshots = [], profiles = []] = [BALANCES, PROFILES].map((topic) =>
          compact ? compacted(output.of(topic)) : output.of(topic),
        )
        const expected = store.entries()
        expect(restored([...events, ...snapshots, ...profiles], every, settled).entries()).toEqual(expected)
        expect(restored([...profiles, ...snapshots, ...events], every, settled).entries()).toEqual(expected)
        expect(restored([...snapshots, ...profiles, ...events], every, settled).entries()).toEqual(expected)
        const mixed = interleaved([events, snapshots, profiles], picks)
        expect(restored(mixed, every, settled).entries()).toEqual(expected)
      }),
      { numRuns: RUNS },
    )
  })

  it('that dies in its midst and begins anew from what it has written gives the live store to the byte', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), fc.nat(), fc.boolean(), (commands, cut, settled) => {
        const { store, output } = live(commands, [false, true])
        const records = [BALANCES, PROFILES, TRANSACTIONS].flatMap((topic) => output.of(topic))
        const at = cut % (records.length + 1)
        const again = new MapStore()
        restoreInto(again, records.slice(0, at), EVERY, settled)
        restoreInto(again, records.slice(at), EVERY, settled)
        expect(again.entries()).toEqual(store.entries())
      }),
      { numRuns: RUNS },
    )
  })

  it('of a tail over a store that is older gives the live store to the byte', () => {
    fc.assert(
      fc.property(commandSequence(LENGTH_MAX), fc.nat(), fc.boolean(), (commands, cut, settled) => {
        const at = cut % (commands.length + 1)
        const { store } = live(commands.slice(0, at), [true])
        const logic = new WalletLogic(codecs, OPTIONS)
        const output = new ListOutput()
        const copy = new MapStore()
        for (const [key, value] of store.committed) copy.committed.set(key, value)
        commands
          .slice(at)
          .forEach((command, index) => logic.process(commandRecord(codecs, command, index), store, output))
        logic.endBatch(store, output, true)
        store.commit()
        restoreInto(
          copy,
          [TRANSACTIONS, BALANCES, PROFILES].flatMap((topic) => output.of(topic)),
          commands.length,
          settled,
        )
        expect(copy.entries()).toEqual(store.entries())
      }),
      { numRuns: RUNS },
    )
  })
})
