/**
 * Wallet, saga, worker and provider in one process, on one clock: records go from one to the other, and at each turn a choice says
 * who goes on, and what goes wrong. Nothing here is random; the choices come from outside.
 */
import type { GameBet, GameCall, Transaction } from '../../../avro/types.ts'
import { playerKey } from '../../../domain/ids.ts'
import { WalletLogic } from '../../wallet/logic.ts'
import type { WalletCodecs } from '../../wallet/logic.ts'
import { testCommand as walletCommand } from '../../wallet/testing/fixtures.ts'
import { GamesLogic } from '../logic.ts'
import type { GamesCodecs } from '../logic.ts'
import {
  HOLD_MS,
  ListOutput,
  MapStore,
  PARTNER_ID,
  PROVIDER_ID,
  START_MS,
  logRecord,
  result,
  testCommand,
  testUuid,
} from './fixtures.ts'
import { ModelProvider } from './provider.ts'

export type Turn =
  | 'WALLET'
  | 'GAMES'
  /** The provider is called and answers. */
  | 'CALL'
  | 'REFUSAL'
  /** The request is lost: the provider never hears of it. */
  | 'LOST_REQUEST'
  /** The provider does it, and nobody hears. */
  | 'LOST_ANSWER'
  /** The worker gives up, and the request arrives some time later. */
  | 'LATE_REQUEST'
  | 'LATE_ARRIVES'
  /** The circuit is open. */
  | 'NOT_SENT'
  /** The worker dies after the call: the call is made again. */
  | 'CALLED_TWICE'
  /** The worker dies, and the call is never made again. */
  | 'FORGOTTEN'
  | 'SETTLE'
  | 'SECOND'
  | 'TEN_SECONDS'
  | 'MINUTE'
  /** The processes die and start anew on an empty disk. */
  | 'RESTART'
  | 'BET'

export const TURNS: readonly Turn[] = [
  'WALLET',
  'GAMES',
  'CALL',
  'REFUSAL',
  'LOST_REQUEST',
  'LOST_ANSWER',
  'LATE_REQUEST',
  'LATE_ARRIVES',
  'NOT_SENT',
  'CALLED_TWICE',
  'FORGOTTEN',
  'SETTLE',
  'SECOND',
  'TEN_SECONDS',
  'MINUTE',
  'RESTART',
  'BET',
]

const KEY = playerKey(PARTNER_ID, 'ann')
const DEPOSIT_UNITS = 1_000_000n
const STAKE_UNITS = 100n
const BETS_MAX = 5

interface Queued {
  topic: string
  value: Buffer
}

export class World {
  readonly provider = new ModelProvider()
  nowMs = START_MS
  readonly #codecs: { games: GamesCodecs; wallet: WalletCodecs }
  #wallet: { logic: WalletLogic; store: MapStore }
  #games: { logic: GamesLogic; store: MapStore }
  readonly #log: Queued[] = []
  readonly #queues = { wallet: [] as Buffer[], games: [] as Buffer[], calls: [] as GameCall[] }
  readonly #late: GameCall[] = []
  #ids = 0
  placed = 0

  constructor(codecs: World['codecs']) {
    this.#codecs = codecs
    this.#wallet = { logic: new WalletLogic(codecs.wallet, { replyPartitions: 0 }), store: new MapStore() }
    this.#games = { logic: new GamesLogic(codecs.games), store: new MapStore() }
    this.#toWallet({ type: 'DEPOSIT', amount: DEPOSIT_UNITS })
    this.turn('WALLET')
  }

  get codecs(): { games: GamesCodecs; wallet: WalletCodecs } {
    return this.#codecs
  }

  #toWallet(parts: Parameters<typeof walletCommand>[2]): void {
    this.#queues.wallet.push(
      this.#codecs.wallet.command.encode(walletCommand(testUuid(++this.#ids), this.nowMs, parts)),
    )
  }

  #deliver(output: ListOutput): void {
    for (const { topic, value } of output.sent) {
      this.#log.push({ topic, value })
      if (topic === 'wallet.command') this.#queues.wallet.push(value)
      if (topic === 'game.command') this.#queues.games.push(value)
      if (topic === 'game.call') this.#queues.calls.push(this.#codecs.games.call.decode(value))
    }
  }

  #process(logic: WalletLogic | GamesLogic, store: MapStore, value: Buffer | undefined): void {
    if (value === undefined) return
    const output = new ListOutput()
    logic.process(logRecord(KEY, value), store, output)
    logic.endBatch(store, output, true)
    store.commit()
    this.#deliver(output)
  }

  #housekeep(): void {
    const wallet = this.#wallet.logic.housekeep(this.#wallet.store, this.nowMs)
    const games = this.#games.logic.housekeep(this.#games.store, this.nowMs)
    this.#wallet.store.commit()
    this.#games.store.commit()
    this.#queues.wallet.push(...wallet.map(({ value }) => value))
    this.#queues.games.push(...games.map(({ value }) => value))
  }

  #pass(ms: number): void {
    this.nowMs += ms
    this.#housekeep()
  }

  /** A call whose time is over is not begun. */
  #nextCall(): GameCall | undefined {
    const call = this.#queues.calls.shift()
    return call !== undefined && call.data.expires_at > this.nowMs ? call : undefined
  }

  #answer({ data }: GameCall, answer: Parameters<typeof result>[1]['answer']): void {
    const parts = { bet_id: data.bet_id, ...result(data.call, { answer, round_closed: false }) }
    this.#queues.games.push(this.#codecs.games.command.encode(testCommand(++this.#ids, this.nowMs, parts)))
  }

  #called(turn: Turn): void {
    const call = this.#nextCall()
    if (call === undefined) return
    const { provider } = this
    switch (turn) {
      case 'CALL':
        return this.#answer(call, provider.answer(call.data))
      case 'REFUSAL':
        provider.refuses = true
        this.#answer(call, provider.answer(call.data))
        provider.refuses = false
        return undefined
      case 'LOST_REQUEST':
        return this.#answer(call, 'UNCERTAIN')
      case 'LOST_ANSWER':
        provider.answer(call.data)
        return this.#answer(call, 'UNCERTAIN')
      case 'LATE_REQUEST':
        this.#late.push(call)
        return this.#answer(call, 'UNCERTAIN')
      case 'NOT_SENT':
        return this.#answer(call, 'NOT_SENT')
      case 'CALLED_TWICE':
        this.#answer(call, provider.answer(call.data))
        return this.#answer(call, provider.answer(call.data))
      default:
        return undefined
    }
  }

  #restart(): void {
    this.#wallet = {
      logic: new WalletLogic(this.#codecs.wallet, { replyPartitions: 0 }),
      store: new MapStore(),
    }
    this.#games = { logic: new GamesLogic(this.#codecs.games), store: new MapStore() }
    for (const { logic, store } of [this.#wallet, this.#games]) {
      for (const topic of ['wallet.balance', 'wallet.transaction.created', 'game.bet.updated']) {
        const records = this.#log.filter((each) => each.topic === topic)
        const isWallets = topic !== 'game.bet.updated'
        if (isWallets !== (logic === this.#wallet.logic)) continue
        logic.restore(
          topic,
          records.map(({ value }, at) => logRecord(KEY, value, at)),
          store,
          true,
        )
      }
      store.commit()
    }
  }

  #bet(): void {
    if (this.placed >= BETS_MAX) return
    this.placed++
    this.#toWallet({
      type: 'BET',
      amount: STAKE_UNITS,
      provider_id: PROVIDER_ID,
      game_id: 'slots-1',
      round_id: `round-${this.placed}`,
      transaction_id_partner: `bet-${this.placed}`,
      hold_expires_at: this.nowMs + HOLD_MS,
    })
  }

  turn(turn: Turn): void {
    switch (turn) {
      case 'WALLET':
        return this.#process(this.#wallet.logic, this.#wallet.store, this.#queues.wallet.shift())
      case 'GAMES':
        return this.#process(this.#games.logic, this.#games.store, this.#queues.games.shift())
      case 'LATE_ARRIVES': {
        const late = this.#late.shift()
        if (late !== undefined) this.provider.answer(late.data)
        return undefined
      }
      case 'SETTLE':
        for (const id of this.provider.bets.keys()) this.provider.settle(id)
        return undefined
      case 'SECOND':
        return this.#pass(1_000)
      case 'TEN_SECONDS':
        return this.#pass(10_000)
      case 'MINUTE':
        return this.#pass(60_000)
      case 'RESTART':
        return this.#restart()
      case 'BET':
        return this.#bet()
      default:
        return this.#called(turn)
    }
  }

  /** Lets everything come to its end: nothing goes wrong any more. */
  settle(): void {
    for (let round = 0; round < 200; round++) {
      while (this.#queues.wallet.length > 0) this.turn('WALLET')
      while (this.#queues.games.length > 0) this.turn('GAMES')
      while (this.#queues.calls.length > 0) this.turn('CALL')
      while (this.#late.length > 0) this.turn('LATE_ARRIVES')
      this.#pass(10_000)
    }
  }

  /** The newest event of each bet in the wallet, by its id. */
  bets(): ReadonlyMap<string, Transaction> {
    const events = this.#log
      .filter(({ topic }) => topic === 'wallet.transaction.created')
      .map(({ value }) => this.#codecs.wallet.transaction.decode(value).data)
      .filter(({ type }) => type === 'BET')
    return new Map(events.map((event) => [event.transaction_id, event]))
  }

  /** The newest state of each bet in the saga, by its id. */
  sagas(): ReadonlyMap<string, GameBet> {
    const events = this.#log
      .filter(({ topic }) => topic === 'game.bet.updated')
      .map(({ value }) => this.#codecs.games.bet.decode(value).data)
    return new Map(events.map((bet) => [bet.bet_id, bet]))
  }

  /** Both stores, to compare them by. */
  stores(): unknown {
    return [this.#wallet.store.entries(), this.#games.store.entries()]
  }

  /** How the player's wallet stands. */
  wallet(): { balance: bigint; held: bigint } {
    const last = this.#log.findLast(({ topic }) => topic === 'wallet.transaction.created')
    if (last === undefined) throw new Error('there is no transaction')
    const { balance_after: balance, held_after: held } = this.#codecs.wallet.transaction.decode(
      last.value,
    ).data
    return { balance: balance ?? 0n, held: held ?? 0n }
  }

  /** What the wallet must hold, by what the provider has in its books. */
  expectedBalance(): bigint {
    const taken = [...this.bets().values()].filter(({ status }) => status === 'COMPLETED').length
    return DEPOSIT_UNITS - STAKE_UNITS * BigInt(taken)
  }
}
