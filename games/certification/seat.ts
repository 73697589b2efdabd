/** One seat at a wallet that is certified: makes calls of one player's session and says what is not as it should be. */
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

  async balance(): Promise<bigint> {
    const answer = this.expect('balance', await this.call('balance', {}), 'OK')
    if (answer.balance === undefined) throw new CaseFailedError('the answer to balance holds no balance')
    return answer.balance
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
