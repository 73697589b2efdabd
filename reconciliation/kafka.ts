/** What Kafka holds, up to an exact place in the log, and further when it is asked to go on. */
import type { BalanceUpdated, TransactionCreated } from '../avro/types.ts'
import type { StreamsBroker } from '../streams/runtime/port.ts'
import { endsOf, readToEnd } from '../streams/runtime/read-log.ts'
import type { Ends, OnRecord, ReadProgress } from '../streams/runtime/read-log.ts'
import type { TopicCodec } from '../topics/codec.ts'
import { LogAudit } from './log-audit.ts'
import type { WalletFigures } from './view.ts'

export const LOG = 'wallet.transaction.created'
export const BALANCES = 'wallet.balance'

export interface KafkaCodecs {
  transaction: TopicCodec<TransactionCreated>
  balance: TopicCodec<BalanceUpdated>
}

/** A place in both topics: the next offset of each partition. */
export interface Cut {
  log: Ends
  balances: Ends
}

export interface PlacedWallet extends WalletFigures {
  partition: number
  offset: number
}

/** What Kafka holds: the audited log, and the newest state of every wallet. */
export interface KafkaView {
  log: LogAudit
  balances: Map<string, PlacedWallet>
}

/** The present ends of both topics. */
export async function presentEnds(broker: StreamsBroker): Promise<Cut> {
  const [log, balances] = await Promise.all([endsOf(broker, LOG), endsOf(broker, BALANCES)])
  return { log, balances }
}

/** How far a topic is read, by partition. */
class Place {
  /** Behind the last record: those who store records get no further than that. */
  readonly recordEnds: number[] = []
  /** Where the next reading begins; markers of transactions are passed too. */
  readonly next: number[] = []

  record(partition: number, offset: number): void {
    this.recordEnds[partition] = offset + 1
    this.next[partition] = offset + 1
  }

  reached(ends: Ends): void {
    ends.forEach((end, partition) => {
      this.next[partition] = Math.max(end, this.next[partition] ?? 0)
      this.recordEnds[partition] ??= 0
    })
  }

  left(ends: Ends): number {
    return ends.reduce((sum, end, partition) => sum + Math.max(0, end - (this.next[partition] ?? 0)), 0)
  }
}

/**
 * Reads both topics, each record once, however often it is asked to go on: a reconciliation that is repeated reads what
 * has come since. A reading that fails goes on where it was.
 */
export class KafkaReading implements KafkaView {
  readonly log = new LogAudit()
  readonly balances = new Map<string, PlacedWallet>()
  readonly #broker: StreamsBroker
  readonly #codecs: KafkaCodecs
  readonly #inLog = new Place()
  readonly #inBalances = new Place()

  constructor(broker: StreamsBroker, codecs: KafkaCodecs) {
    this.#broker = broker
    this.#codecs = codecs
  }

  /** Behind the last record of each partition: those who store records get no further than that. */
  get recordEnds(): Cut {
    return { log: this.#inLog.recordEnds, balances: this.#inBalances.recordEnds }
  }

  /** Offsets up to `ends` that are not read yet. */
  left(ends: Cut): number {
    return this.#inLog.left(ends.log) + this.#inBalances.left(ends.balances)
  }

  /** Reads on to `ends`; what lies behind them is not read. Throws `OperationalError` when the broker falls silent. */
  async readTo(ends: Cut, progress?: ReadProgress): Promise<void> {
    const { transaction, balance } = this.#codecs
    const inLog = { starts: this.#inLog.next, ends: ends.log }
    const addEvent: OnRecord<TransactionCreated> = (event, partition, offset) => {
      this.log.add(event, partition, offset)
      this.#inLog.record(partition, offset)
    }
    await readToEnd(this.#broker, LOG, transaction, inLog, addEvent, progress)
    this.#inLog.reached(ends.log)
    const inBalances = { starts: this.#inBalances.next, ends: ends.balances }
    const lay: OnRecord<BalanceUpdated> = ({ data }, partition, offset) => {
      for (const { wallet_id, currency, balance: units, held, version } of data.wallets)
        this.balances.set(wallet_id, { currency, balance: units, held, version, partition, offset })
      this.#inBalances.record(partition, offset)
    }
    await readToEnd(this.#broker, BALANCES, balance, inBalances, lay, progress)
    this.#inBalances.reached(ends.balances)
  }

  /** Wallets with a record between `cut` and the present ends, in either topic. It goes past them, not into the view. */
  async movedSince(cut: Cut): Promise<Set<string>> {
    const moved = new Set<string>()
    const { transaction, balance } = this.#codecs
    const ends = await presentEnds(this.#broker)
    const inLog = { starts: cut.log, ends: ends.log }
    await readToEnd(this.#broker, LOG, transaction, inLog, ({ data }) => moved.add(data.wallet_id))
    const inBalances = { starts: cut.balances, ends: ends.balances }
    await readToEnd(this.#broker, BALANCES, balance, inBalances, ({ data }) => {
      for (const { wallet_id } of data.wallets) moved.add(wallet_id)
    })
    return moved
  }

  /** Hands out the log of transactions from its beginning to `cut` once more. */
  async readAgain(cut: Cut, onRecord: OnRecord<TransactionCreated>): Promise<void> {
    await readToEnd(this.#broker, LOG, this.#codecs.transaction, { ends: cut.log }, onRecord)
  }
}
