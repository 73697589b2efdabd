/**
 * Microseconds per transaction of the AML core: `node bench/micro/aml-core.ts [rounds] [players]`.
 *
 * Each player plays for 40 days of event time, three rounds an hour for some hours of the day, so that the measured part runs on full windows.
 * Decoding, assessing, encoding and the stored form in an in-memory map are in it; Kafka, LMDB and the fetch are not.
 */
import type { Transaction } from '../../avro/types.ts'
import { AmlLogic } from '../../streams/aml/logic.ts'
import {
  createdEvent,
  defaultRules,
  PARTNER,
  START_MS,
  testCodecs,
  testTransaction,
  testUuid,
} from '../../streams/aml/testing/fixtures.ts'
import type { LogRecord, Output } from '../../streams/runtime/processor.ts'
import { MapStore } from '../../streams/wallet/testing/fixtures.ts'
import { playerKey } from '../../domain/ids.ts'

const ROUNDS = Number(process.argv[2] ?? 100)
const PLAYERS = Number(process.argv[3] ?? 500)
const HISTORY_DAYS = 40
const ROUNDS_A_DAY = 8
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const GAP_MS = 7 * 60_000
const BATCH = 2_000
const STAKES = [50_000n, 100_000n, 100_000n, 250_000n, 100_000n, 1_000_000n]

const codecs = await testCodecs()
const logic = new AmlLogic(codecs, defaultRules)
const store = new MapStore()

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
const output = new CountingOutput()

let made = 0

function recordOf(player: number, atMs: number, parts: Partial<Transaction>): LogRecord {
  made++
  const transaction = testTransaction({
    transaction_id: testUuid(made),
    player_id: `player-${player}`,
    created_at: atMs,
    ip_address: '203.0.113.7',
    country: 'DE',
    ...parts,
  })
  return {
    offset: made,
    timestampMs: atMs,
    key: Buffer.from(playerKey(PARTNER, transaction.player_id)),
    value: codecs.transaction.encode(createdEvent(transaction)),
    headers: {},
  }
}

/** A round of every player at this time: a bet, and in every third a win. */
function roundOf(number: number, atMs: number): LogRecord[] {
  return Array.from({ length: PLAYERS }, (_, player) => {
    const amount = STAKES[(number + player) % STAKES.length] ?? 0n
    const won = number % 3 === 2
    return recordOf(player, atMs + player, won ? { type: 'WIN', amount: 2n * amount } : { amount })
  })
}

/** Nanoseconds of the work. */
function take(records: readonly LogRecord[]): number {
  const startNs = process.hrtime.bigint()
  for (let at = 0; at < records.length; at += BATCH) {
    for (const record of records.slice(at, at + BATCH)) logic.process(record, store, output)
    logic.endBatch(store, output, at % (8 * BATCH) === 0)
  }
  return Number(process.hrtime.bigint() - startNs)
}

let round = 0
for (let day = 0; day < HISTORY_DAYS; day++)
  for (let inDay = 0; inDay < ROUNDS_A_DAY; inDay++)
    take(roundOf(round++, START_MS + day * DAY_MS + (inDay % 4) * HOUR_MS + inDay * GAP_MS))

/** A second passes from round to round, as players play while they do. */
const BEGIN_MS = START_MS + HISTORY_DAYS * DAY_MS
const measuredUs: number[] = []
for (let measured = 0; measured < ROUNDS; measured++) {
  const records = Array.from({ length: 4 }, (_, at) =>
    roundOf(round++, BEGIN_MS + (measured * 4 + at) * 1_000),
  ).flat()
  measuredUs.push(take(records) / 1_000 / records.length)
}
const sorted = measuredUs.toSorted((one, other) => one - other)
const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? NaN).toFixed(1)
console.log(`µs per transaction: median ${at(0.5)}, best ${at(0)}, 90th percentile ${at(0.9)}`)
console.log(`bytes sent per transaction: ${Math.round(output.bytes / made)}`)
