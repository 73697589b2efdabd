/** One seat at a wallet that is certified: makes calls of one player's session and says what is not as it should be. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Operation, Status } from '../seamless/wire.ts'
import type { SeamlessProfile } from '../seamless/profile.ts'
import type { CallResult, SeamlessClient, WalletAnswer } from '../sandbox/seamless-client.ts'

/** What a case found; the message is for whoever has to mend it. */
export class CaseFailedError extends Error {
  override name = 'CaseFailedError'
}

export interface SeatOptions {
  client: SeamlessClient
  profile: SeamlessProfile
  token: string
  game: string
  /** At the profile's exponent. Cases stake up to ten of it. */
  stake: bigint
  /** Keeps the ids of two runs apart. */
  run: string
}

/** How far what `balance` and `authenticate` say may be behind, in milliseconds. */
const BALANCE_LAG_MS = 3_000
const LOOK_AGAIN_MS = 50

interface MovementIds {
  transaction_id: string
  round: string
}

const sayResult = (result: CallResult): string =>
  result.kind === 'FAILED' ? result.code : `HTTP ${result.httpStatus} ${result.status || 'of no known form'}`

export class Seat {
  readonly client: SeamlessClient
  readonly profile: SeamlessProfile
  readonly stake: bigint
  readonly token: string
  readonly game: string
  readonly #run: string
  readonly #probe: MovementIds
  #ids = 0
  player = ''
  currency = ''

  constructor({ client, profile, token, game, stake, run }: SeatOptions) {
    this.client = client
    this.profile = profile
    this.token = token
    this.game = game
    this.stake = stake
    this.#run = run
    this.#probe = { transaction_id: `${run}-probe`, round: `${run}-probe` }
  }

  id(what: string): string {
    return `${this.#run}-${++this.#ids}-${what}`
  }

  /** Ids of a new round and its bet. */
  newBet(): MovementIds {
    return { transaction_id: this.id('bet'), round: this.id('round') }
  }

  /** A body of a movement, with what a case says of it on top. */
  body(fields: object): Record<string, unknown> {
    const { player, currency } = this
    return { request_id: this.id('request'), player, currency, ...fields }
  }

  bet(ids: MovementIds, more: object = {}): Promise<CallResult> {
    const { token, game, stake } = this
    return this.client.call('bet', this.body({ token, game, amount: stake, ...ids, ...more }))
  }

  /** The win of a bet; `more` may make it another amount, round or end. */
  win(bet: MovementIds, more: object = {}): Promise<CallResult> {
    const { game, stake } = this
    return this.client.call(
      'win',
      this.body({
        transaction_id: this.id('win'),
        bet_transaction_id: bet.transaction_id,
        round: bet.round,
        game,
        amount: stake * 2n,
        ...more,
      }),
    )
  }

  rollback(bet: MovementIds, more: object = {}): Promise<CallResult> {
    return this.client.call(
      'rollback',
      this.body({
        transaction_id: this.id('rollback'),
        bet_transaction_id: bet.transaction_id,
        round: bet.round,
        ...more,
      }),
    )
  }

  endRound(round: string): Promise<CallResult> {
    return this.client.call(
      'end-round',
      this.body({ transaction_id: this.id('end'), round, game: this.game }),
    )
  }

  call(operation: Operation, fields: object): Promise<CallResult> {
    return this.client.call(operation, this.body(fields))
  }

  /** The answer, where its status is one of these. Throws `CaseFailedError`. */
  expect(what: string, result: CallResult, ...statuses: readonly Status[]): WalletAnswer {
    if (result.kind === 'ANSWERED' && statuses.some((status) => status === result.status)) return result
    throw new CaseFailedError(`${what}: expected ${statuses.join(' or ')}, got ${sayResult(result)}`)
  }

  /**
   * The balance at this moment, as the wallet says it where it decides: beside the answer to a rollback that was carried out before. What
   * the operation `balance` says may be read elsewhere, and be a moment behind.
   */
  async balance(): Promise<bigint> {
    const answer = this.expect(
      'the rollback of a bet that never was',
      await this.rollback(this.#probe, { transaction_id: `${this.#probe.transaction_id}-rollback` }),
      'OK',
      'ERROR_BET_NOT_FOUND',
    )
    if (answer.balance === undefined) throw new CaseFailedError('the answer to a rollback holds no balance')
    return answer.balance
  }

  /** Asks until the answer says the true balance. Throws `CaseFailedError` where it does not within `BALANCE_LAG_MS`. */
  async catchesUp(what: string, ask: () => Promise<CallResult>): Promise<void> {
    const balance = await this.balance()
    const untilMs = Date.now() + BALANCE_LAG_MS
    for (;;) {
      const answer = this.expect(what, await ask(), 'OK')
      if (answer.balance === balance) return
      if (Date.now() >= untilMs)
        throw new CaseFailedError(
          `${what}: the answer says a balance of ${answer.balance}, and it is ${balance}, ${BALANCE_LAG_MS} ms after it changed`,
        )
      await pause(LOOK_AGAIN_MS)
    }
  }

  /** Does something, and checks by how much the balance has changed. Throws `CaseFailedError`. */
  async moves(delta: bigint, what: string, act: () => Promise<unknown>): Promise<void> {
    const before = await this.balance()
    await act()
    const moved = (await this.balance()) - before
    if (moved !== delta)
      throw new CaseFailedError(`${what}: the balance was to change by ${delta}, and changed by ${moved}`)
  }

  /** An answer that holds a balance says the true one. */
  async saysBalance(what: string, answer: WalletAnswer): Promise<void> {
    const balance = await this.balance()
    if (answer.balance !== balance)
      throw new CaseFailedError(
        `${what}: the answer says a balance of ${answer.balance}, and it is ${balance}`,
      )
  }
}
