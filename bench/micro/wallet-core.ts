/**
 * Nanoseconds per command of the wallet's core, step by step: `node bench/micro/wallet-core.ts [rounds]`.
 *
 * 10,000 wallets, batches of 2,000 commands, bets and the wins that close their rounds, ids and rounds all unique, an
 * in-memory map as the store. The steps are timed apart, one step over a whole batch at a time; the last line is the
 * processor's own path, all steps in one go, and includes what the steps leave out (the map, the overlay, the output).
 */
import type { TransactionCreated, WalletCommand } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { decide } from '../../streams/wallet/decide.ts'
import { evolve } from '../../streams/wallet/evolve.ts'
import { WalletLogic, transactionEvent } from '../../streams/wallet/logic.ts'
import type { WalletCodecs } from '../../streams/wallet/logic.ts'
import { BatchMemory, KeptPlayers } from '../../streams/wallet/memory.ts'
import type { PlayerMemory } from '../../streams/wallet/memory.ts'
import { replyTo } from '../../streams/wallet/reply.ts'
import type { Decision } from '../../streams/wallet/request.ts'
import { balanceEvent } from '../../streams/wallet/snapshot.ts'
import {
  PARTNER_ID,
  START_MS,
  commandRecord,
  memoryCodecs,
  testCommand,
  testUuid,
} from '../../streams/wallet/testing/fixtures.ts'
import type { CommandParts } from '../../streams/wallet/testing/fixtures.ts'
import { faultOfCommand } from '../../streams/wallet/validate.ts'
import type { EntryWriter, LogRecord, Output, StoreWriter } from '../../streams/runtime/processor.ts'

const WALLETS = 10_000
const BATCH = 2_000
const WARM_UP_BATCHES = 30
const ALL_IN_ONE = 'the processor, all in one'
const BATCHES = Number(process.argv[2] ?? 60)

/**
 * Keeps players and forgets ids and rounds, which are unique and so never read again: the store's own cost is measured
 * elsewhere, and a map of millions of entries would measure the garbage collector.
 */
class PlayerStore implements StoreWriter {
  readonly #players = new Map<string, Buffer>()
  get(key: string): Buffer | undefined {
    return key.startsWith('p/') ? this.#players.get(key) : undefined
  }
  range(): Iterable<{ key: string; value: Buffer }> {
    return []
  }
  put(key: string, value: Buffer): void {
    if (key.startsWith('p/')) this.#players.set(key, value)
  }
  delete(): void {}
  onCommit(write: (store: EntryWriter) => void): void {
    write(this)
  }
}

let commandNumber = 0

function recordOf(codecs: WalletCodecs, player: number, parts: CommandParts): LogRecord {
  commandNumber++
  const command = testCommand(testUuid(commandNumber), START_MS + commandNumber, {
    player_id: `player-${player}`,
    ip_address: '203.0.113.7',
    country: 'DE',
    transaction_id_partner: `tx-${commandNumber}-${player}`,
    reply_to: 0,
    ...parts,
  })
  return commandRecord(codecs, command, commandNumber)
}

const depositsOf = (codecs: WalletCodecs): LogRecord[] =>
  Array.from({ length: WALLETS }, (_, player) =>
    recordOf(codecs, player, { type: 'DEPOSIT', amount: 10_000_000n }),
  )

/** Bets of a thousand players, then their wins. */
function batchOf(codecs: WalletCodecs, number: number): LogRecord[] {
  const half = BATCH / 2
  return Array.from({ length: BATCH }, (_, index) => {
    const player = (number * half + (index % half)) * 7919
    const game = { game_id: 'slots_game_001', round_id: `round-${number}-${index % half}` }
    return index < half
      ? recordOf(codecs, player % WALLETS, { type: 'BET', amount: 105_000n, ...game })
      : recordOf(codecs, player % WALLETS, { type: 'WIN', amount: 100_000n, round_closed: true, ...game })
  })
}

class CountingOutput implements Output {
  records = 0
  bytes = 0
  send(_topic: string, _key: string, value: Buffer): void {
    this.records++
    this.bytes += value.length
  }
  isFull(): boolean {
    return false
  }
  count(): void {
    // What is counted is what is sent.
  }
}

/** Nanoseconds per batch, by step. */
const stepNs = new Map<string, number[]>()
let batchNs = new Map<string, number>()

function timed<T>(step: string, work: () => T): T {
  const startNs = process.hrtime.bigint()
  const result = work()
  batchNs.set(step, (batchNs.get(step) ?? 0) + Number(process.hrtime.bigint() - startNs))
  return result
}

function endTimedBatch(): void {
  for (const [step, ns] of batchNs) stepNs.set(step, [...(stepNs.get(step) ?? []), ns])
  batchNs = new Map()
}

/**
 * The median batch, and the best one: what a command costs where neither other processes nor the garbage collector
 * interfere.
 */
function print(step: string, samplesNs: readonly number[]): void {
  const sorted = samplesNs.toSorted((one, other) => one - other)
  const perCommand = (ns: number | undefined): string => String(Math.round((ns ?? 0) / BATCH))
  const [median, best] = [perCommand(sorted[sorted.length >> 1]), perCommand(sorted[0])]
  console.log(`${step.padEnd(28)}${median.padStart(7)} ns${best.padStart(9)} ns`)
}

interface Decided {
  command: WalletCommand
  memory: PlayerMemory
  decision: Decision
}

/** One batch, each step over all of it. The decisions of a batch depend on each other, so decide and evolve alternate. */
function runSteps(codecs: WalletCodecs, records: readonly LogRecord[], store: PlayerStore): void {
  const commands = timed('decode command', () =>
    records.map(({ value }) => codecs.command.decode(value ?? Buffer.alloc(0))),
  )
  timed('validate', () => {
    for (const command of commands) if (faultOfCommand(command) !== undefined) throw new Error('not valid')
  })
  const batch = new BatchMemory(store, new KeptPlayers())
  const players = new Set<PlayerMemory>()
  timed('read players', () => {
    for (const { data } of commands) players.add(batch.player(playerKey(data.partner_id, data.player_id)))
  })
  const decided: Decided[] = []
  for (const half of [commands.slice(0, BATCH / 2), commands.slice(BATCH / 2)]) {
    const decisions = timed('decide', () => half.map((command) => decideOne(batch, command)))
    timed('evolve', () => {
      for (const { memory, decision } of decisions)
        if (decision.kind === 'applied') memory.apply(evolve(memory, decision.transaction))
    })
    decided.push(...decisions)
  }
  timed('encode event', () => {
    for (const { decision } of decided)
      if (decision.kind === 'applied') codecs.transaction.encode(eventOf(decision))
  })
  timed('encode reply', () => {
    for (const { command, memory, decision } of decided)
      codecs.reply.encode(replyTo(command, decision, memory))
  })
  timed('encode state', () => {
    batch.flush(store)
  })
  timed('encode snapshots', () => {
    for (const { key, player } of players)
      codecs.balance.encode(
        balanceEvent(
          { eventId: testUuid(1), timestamp: START_MS, partnerId: PARTNER_ID, playerId: key.slice(37) },
          player,
        ),
      )
  })
}

function decideOne(batch: BatchMemory, command: WalletCommand): Decided {
  const memory = batch.player(playerKey(command.data.partner_id, command.data.player_id))
  return { command, memory, decision: decide(command, memory, command.timestamp) }
}

function eventOf(decision: Decision): TransactionCreated {
  if (decision.kind !== 'applied') throw new Error('the bench has no rejections')
  return transactionEvent(decision.transaction)
}

function runLogic(
  logic: WalletLogic,
  records: readonly LogRecord[],
  store: PlayerStore,
  output: Output,
): void {
  for (const record of records) logic.process(record, store, output)
  logic.endBatch(store, output, true)
}

async function main(): Promise<void> {
  const codecs = await memoryCodecs()
  const store = new PlayerStore()
  const logic = new WalletLogic(codecs, { replyPartitions: 1 })
  const output = new CountingOutput()
  runLogic(logic, depositsOf(codecs), store, output)
  for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch++) {
    if (batch === WARM_UP_BATCHES) stepNs.clear()
    runSteps(codecs, batchOf(codecs, 2 * batch), store)
    const records = batchOf(codecs, 2 * batch + 1)
    timed(ALL_IN_ONE, () => runLogic(logic, records, store, output))
    endTimedBatch()
  }
  console.log(`${'step'.padEnd(28)}${'median'.padStart(10)}${'best'.padStart(12)}`)
  for (const [step, samplesNs] of stepNs) print(step, samplesNs)
  console.log(
    `${'bytes sent per record'.padEnd(28)}${String(Math.round(output.bytes / output.records)).padStart(7)}`,
  )
}

await main()
