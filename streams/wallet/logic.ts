/** The wallet as a stateful processor: bytes in, decisions by the pure core, bytes out. */
import type {
  AuditRecorded,
  BalanceUpdated,
  DeadLettered,
  GameCommand,
  PlayerUpdated,
  TaskPositioned,
  Transaction,
  TransactionCreated,
  WalletCommand,
  WalletReply,
} from '../../avro/types.ts'
import { isAdministrative } from '../../domain/audit.ts'
import { playerKey } from '../../domain/ids.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { assertKey, decodeInput } from '../runtime/input.ts'
import { PoisonError } from '../runtime/processor.ts'
import type {
  LogRecord,
  Output,
  Owing,
  ProcessorDefinition,
  StoreWriter,
  TaskLogic,
} from '../runtime/processor.ts'
import { learnSchemas } from '../runtime/schemas.ts'
import { auditEntryOf } from './audit.ts'
import { decide } from './decide.ts'
import { BALANCES, Changelog, PROFILES, TRANSACTIONS } from './changelog.ts'
import { evolve, evolveStanding } from './evolve.ts'
import { gameCommandOf } from './game-command.ts'
import { dueHolds, expiryCommand, sweep } from './housekeeping.ts'
import { BatchMemory, KeptPlayers } from './memory.ts'
import type { PlayerMemory } from './memory.ts'
import { profileEvent } from './player.ts'
import { isAnsweredLater, replyTo } from './reply.ts'
import type { Decision } from './request.ts'
import { balanceEvent, headOf, recalledHeadOf } from './snapshot.ts'
import type { SnapshotHead } from './snapshot.ts'
import { STORE_VERSION } from './state-codec.ts'
import { faultOfCommand } from './validate.ts'

export interface WalletCodecs {
  command: TopicCodec<WalletCommand>
  transaction: TopicCodec<TransactionCreated>
  balance: TopicCodec<BalanceUpdated>
  profile: TopicCodec<PlayerUpdated>
  audit: TopicCodec<AuditRecorded>
  reply: TopicCodec<WalletReply>
  position: TopicCodec<TaskPositioned>
  deadLetter: TopicCodec<DeadLettered>
  game: TopicCodec<GameCommand>
}

export interface WalletOptions {
  /** Partitions of wallet.reply. An answer to a partition beyond them is not sent: nobody can wait there. */
  replyPartitions: number
}

const COMMANDS = 'wallet.command'
const AUDIT = 'audit.wallet-entry.recorded'
const REPLIES = 'wallet.reply'
const GAMES = 'game.command'

/** Overdue holds that are turned into commands in one round of housekeeping. */
const EXPIRIES_MAX = 500
/** How long a hold that was asked to end is left alone before it is asked again, in milliseconds. */
const EXPIRY_RETRY_MS = 60_000
/** Entries looked at by the sweep in one round of housekeeping: half a millisecond of work, 21 million entries a day. */
const SWEEP_ENTRIES_MAX = 250

/** The event of a recorded transaction. */
export const transactionEvent = (transaction: Transaction): TransactionCreated => ({
  event_id: transaction.command_id,
  event_type:
    transaction.command_id === transaction.transaction_id ? 'transaction.created' : 'transaction.updated',
  timestamp: transaction.processed_at,
  data: transaction,
})

/** Lays a decision over a player's memory. */
function applyDecision(memory: PlayerMemory, decision: Decision): void {
  switch (decision.kind) {
    case 'applied':
    case 'rejected':
      return memory.apply(evolve(memory, decision.transaction))
    case 'standing':
      return memory.setPlayer(evolveStanding(memory.player, decision.wallet))
    case 'profile':
      return memory.applyProfile(decision.player)
    case 'refused':
    case 'replayed':
      return undefined
  }
}

/** For the metric: a refusal by its code. */
const outcomeOf = (decision: Decision): string =>
  decision.kind === 'rejected' || decision.kind === 'refused'
    ? `${decision.kind} ${decision.code}`
    : decision.kind

export class WalletLogic implements TaskLogic {
  readonly #codecs: WalletCodecs
  readonly #replyPartitions: number
  /** What has been read and changed since the store was last written. */
  #batch: BatchMemory | undefined
  readonly #keptPlayers = new KeptPlayers()
  readonly #changelog: Changelog
  /** The last command that changed the wallets of each player whose snapshot is owed; who waits longest is first. */
  readonly #owed = new Map<PlayerKey, SnapshotHead>()
  readonly #expiryAskedAtMs = new Map<string, number>()
  #sweepKey = ''

  constructor(codecs: WalletCodecs, { replyPartitions }: WalletOptions) {
    this.#codecs = codecs
    this.#changelog = new Changelog(codecs, this.#keptPlayers)
    this.#replyPartitions = replyPartitions
  }

  process(record: LogRecord, store: StoreWriter, output: Output): void {
    const { key, command } = this.#read(record)
    this.#batch ??= new BatchMemory(store, this.#keptPlayers)
    const memory = this.#batch.player(key)
    const { wallets } = memory.player
    const decision = decide(command, memory, command.timestamp)
    // Before the decision is laid over the memory: the entry shows both sides of it.
    const entry = isAdministrative(command.data.type) ? auditEntryOf(command, memory, decision) : undefined
    applyDecision(memory, decision)
    output.count(outcomeOf(decision))
    if (memory.player.wallets !== wallets) this.#owed.set(key, headOf(command))
    // Nothing but the snapshot records a change of standing, so it has to be part of this transaction.
    if (decision.kind === 'standing') this.#sendSnapshot(memory, output)
    if (decision.kind === 'profile')
      output.send(PROFILES, memory.key, this.#codecs.profile.encode(profileEvent(decision.player)))
    if (decision.kind === 'applied' || decision.kind === 'rejected')
      output.send(
        TRANSACTIONS,
        memory.key,
        this.#codecs.transaction.encode(transactionEvent(decision.transaction)),
      )
    if (entry !== undefined) output.send(AUDIT, memory.key, this.#codecs.audit.encode(entry))
    const game = gameCommandOf(command, decision)
    if (game !== undefined) output.send(GAMES, memory.key, this.#codecs.game.encode(game))
    if (!isAnsweredLater(decision)) this.#answer(command, decision, memory, output)
  }

  #answer(command: WalletCommand, decision: Decision, memory: PlayerMemory, output: Output): void {
    const { reply_to: replyPartition } = command.data
    if (replyPartition === null || replyPartition >= this.#replyPartitions) return
    const reply = replyTo(command, decision, memory)
    output.send(REPLIES, reply.data.command_id, this.#codecs.reply.encode(reply), replyPartition)
  }

  /** Every changed entry to the store, once; and one snapshot per player for all that has changed since the last. */
  endBatch(store: StoreWriter, output: Output, pressing: boolean): Owing {
    if (!pressing && this.#owed.size > 0) return 'records and entries'
    const batch = this.#batch ?? new BatchMemory(store, this.#keptPlayers)
    this.#batch = undefined
    store.onCommit((entries) => batch.flush(entries))
    for (const key of this.#owed.keys()) {
      if (output.isFull(BALANCES)) break
      this.#sendSnapshot(batch.player(key), output)
    }
    return this.#owed.size > 0 ? 'records' : 'nothing'
  }

  #sendSnapshot(memory: PlayerMemory, output: Output): void {
    const head = this.#owed.get(memory.key)
    this.#owed.delete(memory.key)
    if (head === undefined || memory.player.wallets.length === 0) return
    output.send(BALANCES, memory.key, this.#codecs.balance.encode(balanceEvent(head, memory.player)))
  }

  /** Whether the command has changed a wallet is not asked: a snapshot that says nothing new does no harm. */
  recall(record: LogRecord): void {
    try {
      const { key, command } = this.#read(record)
      this.#owed.set(key, recalledHeadOf(command))
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error
    }
  }

  restore(topic: string, records: readonly LogRecord[], store: StoreWriter, settled: boolean): void {
    this.#changelog.lay(topic, records, store, settled)
  }

  housekeep(store: StoreWriter, nowMs: number): readonly { key: string; value: Buffer }[] {
    this.#sweepKey = sweep(store, this.#sweepKey, SWEEP_ENTRIES_MAX, nowMs)
    for (const [id, askedAtMs] of this.#expiryAskedAtMs)
      if (nowMs - askedAtMs >= EXPIRY_RETRY_MS) this.#expiryAskedAtMs.delete(id)
    return dueHolds(store, nowMs, EXPIRIES_MAX)
      .filter(({ transactionId }) => !this.#expiryAskedAtMs.has(transactionId))
      .map((hold) => {
        this.#expiryAskedAtMs.set(hold.transactionId, nowMs)
        return { key: hold.player, value: this.#codecs.command.encode(expiryCommand(hold, nowMs)) }
      })
  }

  /** The command in a record; throws `PoisonError` where there is none that could be decided. */
  #read(record: LogRecord): { key: PlayerKey; command: WalletCommand } {
    const command = decodeInput(this.#codecs.command, record)
    const fault = faultOfCommand(command)
    if (fault !== undefined) throw new PoisonError('RECORD_INVALID', fault)
    const player = playerKey(command.data.partner_id, command.data.player_id)
    assertKey(record, player, 'partner_id/player_id of the command')
    return { key: player, command }
  }
}

/** The wallet processor. A logic belongs to one task and is thrown away with a batch that failed. */
export function walletProcessor(codecs: WalletCodecs, options: WalletOptions): ProcessorDefinition {
  const readers = new Map<string, TopicCodec<unknown>>([
    [COMMANDS, codecs.command],
    [TRANSACTIONS, codecs.transaction],
    [BALANCES, codecs.balance],
    [PROFILES, codecs.profile],
  ])
  return {
    name: 'wallet',
    inputTopic: COMMANDS,
    deadLetterTopic: 'wallet.command.dlq',
    deadLetterCodec: codecs.deadLetter,
    positionTopic: 'wallet.position',
    positionCodec: codecs.position,
    changelogTopics: [BALANCES, PROFILES, TRANSACTIONS],
    storeVersion: STORE_VERSION,
    createLogic: () => new WalletLogic(codecs, options),
    prepare: (topic, records) => learnSchemas(readers.get(topic), records),
  }
}
