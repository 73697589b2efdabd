/**
 * The cases of a seamless wallet's contract, as a provider plays them. Each stands for itself: new ids, and the balance before and
 * after. What a profile leaves open is asked as the profile has it.
 */
import { CaseFailedError } from './seat.ts'
import type { Seat } from './seat.ts'

export interface Case<S> {
  id: string
  title: string
  /** Throws `CaseFailedError` for what is not as it should be. */
  run(seat: S): Promise<void>
}

type WalletCase = Case<Seat>

/** Calls that are sent at once in the case of concurrency. */
const AT_ONCE = 10

const HTTP_UNAUTHORISED = 401
const HTTP_BAD_REQUEST = 400

const SESSIONS: WalletCase[] = [
  {
    id: 'authenticate',
    title: 'a session’s token names its player, currency and balance',
    run: (seat) => seat.catchesUp('authenticate', () => seat.call('authenticate', { token: seat.token })),
  },
  {
    id: 'balance',
    title: 'the balance is said, and follows a bet',
    run: async (seat) => {
      seat.expect('bet', await seat.bet(seat.newBet()), 'OK')
      await seat.catchesUp('balance', () => seat.call('balance', {}))
    },
  },
  {
    id: 'authenticate-unknown',
    title: 'a token that was never given out opens nothing',
    run: async (seat) => {
      const token = seat.id('no-token')
      seat.expect('authenticate', await seat.call('authenticate', { token }), 'ERROR_TOKEN')
      await seat.moves(0n, 'a bet without a session', async () => {
        seat.expect('bet', await seat.bet(seat.newBet(), { token }), 'ERROR_TOKEN')
      })
    },
  },
]

const BETS: WalletCase[] = [
  {
    id: 'bet',
    title: 'a bet takes its stake, and the answer says the balance after it',
    run: (seat) =>
      seat.moves(-seat.stake, 'a bet', async () => {
        await seat.saysBalance('bet', seat.expect('bet', await seat.bet(seat.newBet()), 'OK'))
      }),
  },
  {
    id: 'bet-repeated',
    title: 'the same bet again moves no money',
    run: (seat) =>
      seat.moves(-seat.stake, 'a bet and its repetition', async () => {
        const bet = seat.newBet()
        seat.expect('bet', await seat.bet(bet), 'OK')
        const status = seat.profile.duplicate === 'ERROR' ? 'ERROR_DUPLICATE' : 'OK'
        await seat.saysBalance('the repetition', seat.expect('the repetition', await seat.bet(bet), status))
      }),
  },
  {
    id: 'bet-conflict',
    title: 'another bet under the same id is refused',
    run: (seat) =>
      seat.moves(-seat.stake, 'two bets under one id', async () => {
        const bet = seat.newBet()
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('the other bet', await seat.bet(bet, { amount: seat.stake * 2n }), 'ERROR_CONFLICT')
      }),
  },
  {
    id: 'bet-concurrent',
    title: `the same bet ${AT_ONCE} times at once is one bet`,
    run: (seat) =>
      seat.moves(-seat.stake, `${AT_ONCE} times the same bet`, async () => {
        const bet = seat.newBet()
        const results = await Promise.all(Array.from({ length: AT_ONCE }, () => seat.bet(bet)))
        for (const result of results)
          seat.expect('one of them', result, 'OK', 'ERROR_DUPLICATE', 'ERROR_RETRY')
      }),
  },
  {
    id: 'bet-too-high',
    title: 'a bet over the balance is refused, with the balance, and stays refused',
    run: (seat) =>
      seat.moves(0n, 'a bet over the balance', async () => {
        const bet = seat.newBet()
        const amount = (await seat.balance()) + seat.stake
        const refused = seat.expect('bet', await seat.bet(bet, { amount }), 'ERROR_NOT_ENOUGH_MONEY')
        await seat.saysBalance('the refusal', refused)
        seat.expect('the repetition', await seat.bet(bet, { amount }), 'ERROR_NOT_ENOUGH_MONEY')
      }),
  },
  {
    id: 'bet-currency',
    title: 'a bet in another currency than the session’s is refused',
    run: (seat) =>
      seat.moves(0n, 'a bet in another currency', async () => {
        const currency = seat.currency === 'USD' ? 'EUR' : 'USD'
        seat.expect('bet', await seat.bet(seat.newBet(), { currency }), 'ERROR_CURRENCY')
      }),
  },
  {
    id: 'bet-free-round',
    title: 'a free round is a bet of nothing with a campaign, and its win is paid',
    run: (seat) =>
      seat.moves(seat.stake, 'a free round', async () => {
        const bet = seat.newBet()
        const campaign = 'certification'
        seat.expect('bet', await seat.bet(bet, { amount: 0n, campaign }), 'OK')
        const more = { amount: seat.stake, kind: 'FREE_ROUND', campaign, round_closed: true }
        seat.expect('win', await seat.win(bet, more), 'OK')
      }),
  },
]

const WINS: WalletCase[] = [
  {
    id: 'win',
    title: 'a win is paid, and the answer says the balance after it',
    run: (seat) =>
      seat.moves(seat.stake, 'a bet and twice its stake', async () => {
        const bet = seat.newBet()
        seat.expect('bet', await seat.bet(bet), 'OK')
        await seat.saysBalance('win', seat.expect('win', await seat.win(bet), 'OK'))
      }),
  },
  {
    id: 'win-repeated',
    title: 'the same win again moves no money',
    run: (seat) =>
      seat.moves(seat.stake, 'a bet, its win and the win’s repetition', async () => {
        const bet = seat.newBet()
        const same = { transaction_id: seat.id('win'), round_closed: true }
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('win', await seat.win(bet, same), 'OK')
        const status = seat.profile.duplicate === 'ERROR' ? 'ERROR_DUPLICATE' : 'OK'
        seat.expect('the repetition', await seat.win(bet, same), status)
      }),
  },
  {
    id: 'win-of-nothing',
    title: 'a win of nothing closes its round: no bet and no win after it',
    run: (seat) =>
      seat.moves(-seat.stake, 'a lost round', async () => {
        const bet = seat.newBet()
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('win of nothing', await seat.win(bet, { amount: 0n }), 'OK')
        const late = { ...seat.newBet(), round: bet.round }
        seat.expect('a bet after it', await seat.bet(late), 'ERROR_ROUND_CLOSED')
        seat.expect('a win after it', await seat.win(bet), 'ERROR_ROUND_CLOSED')
      }),
  },
  {
    id: 'end-round',
    title: 'the end of a round closes it, and comes again without harm',
    run: (seat) =>
      seat.moves(-seat.stake, 'a round that ends', async () => {
        const bet = seat.newBet()
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('end-round', await seat.endRound(bet.round), 'OK')
        seat.expect('end-round again', await seat.endRound(bet.round), 'OK')
        const late = { ...seat.newBet(), round: bet.round }
        seat.expect('a bet after it', await seat.bet(late), 'ERROR_ROUND_CLOSED')
      }),
  },
  {
    id: 'win-before-bet',
    title: 'a win before its bet is not paid; once the bet is there, it is',
    run: (seat) =>
      seat.moves(seat.stake, 'a win, its bet and the win again', async () => {
        const bet = seat.newBet()
        const same = { transaction_id: seat.id('win') }
        const status = seat.profile.winWithoutBet === 'AGAIN' ? 'ERROR_RETRY' : 'ERROR_BET_NOT_FOUND'
        seat.expect('the early win', await seat.win(bet, same), status)
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('the win again', await seat.win(bet, same), 'OK')
      }),
  },
  {
    id: 'win-promotional',
    title: 'a promotional win needs no bet',
    run: (seat) =>
      seat.moves(seat.stake, 'a promotional win', async () => {
        const more = { bet_transaction_id: null, amount: seat.stake, kind: 'PROMOTIONAL' }
        seat.expect('win', await seat.win(seat.newBet(), more), 'OK')
      }),
  },
]

const ROLLBACKS: WalletCase[] = [
  {
    id: 'rollback',
    title: 'a rollback gives the stake back once, whatever its id',
    run: (seat) =>
      seat.moves(0n, 'a bet and three rollbacks of it', async () => {
        const bet = seat.newBet()
        const same = { transaction_id: seat.id('rollback') }
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('rollback', await seat.rollback(bet, same), 'OK')
        seat.expect('the same again', await seat.rollback(bet, same), 'OK')
        seat.expect('another of the same bet', await seat.rollback(bet), 'OK')
      }),
  },
  {
    id: 'rollback-first',
    title: 'a rollback before its bet keeps the bet out',
    run: (seat) =>
      seat.moves(0n, 'a rollback and its bet', async () => {
        const { unknownRollback, lateBet } = seat.profile
        const bet = seat.newBet()
        const unknown = unknownRollback === 'SUCCESS' ? 'OK' : 'ERROR_BET_NOT_FOUND'
        seat.expect('the early rollback', await seat.rollback(bet), unknown)
        seat.expect('its repetition', await seat.rollback(bet), unknown)
        const late = lateBet === 'REFUSED' ? 'ERROR_ROLLED_BACK' : 'OK'
        seat.expect('the late bet', await seat.bet(bet), late)
        seat.expect('the late bet again', await seat.bet(bet), late)
      }),
  },
  {
    id: 'rollback-refused-bet',
    title: 'a bet that was refused is not given back',
    run: (seat) =>
      seat.moves(0n, 'a refused bet and its rollback', async () => {
        const bet = seat.newBet()
        const amount = (await seat.balance()) + seat.stake
        seat.expect('bet', await seat.bet(bet, { amount }), 'ERROR_NOT_ENOUGH_MONEY')
        seat.expect('rollback', await seat.rollback(bet), 'ERROR_BET_FAILED')
      }),
  },
  {
    id: 'rollback-settled-bet',
    title: 'a bet that has its win is not given back',
    run: (seat) =>
      seat.moves(seat.stake, 'a won bet and its rollback', async () => {
        const bet = seat.newBet()
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('win', await seat.win(bet), 'OK')
        seat.expect('rollback', await seat.rollback(bet), 'ERROR_BET_SETTLED')
      }),
  },
  {
    id: 'win-rolled-back-bet',
    title: 'a bet that was given back wins nothing',
    run: (seat) =>
      seat.moves(0n, 'a bet, its rollback and a win', async () => {
        const bet = seat.newBet()
        seat.expect('bet', await seat.bet(bet), 'OK')
        seat.expect('rollback', await seat.rollback(bet), 'OK')
        seat.expect('win', await seat.win(bet), 'ERROR_ROLLED_BACK')
      }),
  },
]

/** A text of the body with the amount as it stands, which the client's own writer would not write. */
const rawBet = (seat: Seat, amount: string): Buffer => {
  const { token, game } = seat
  const body = JSON.stringify(seat.body({ token, game, ...seat.newBet(), amount: 0 }))
  return Buffer.from(body.replace('"amount":0', `"amount":${amount}`))
}

const refusedSignature = async (seat: Seat, body: Buffer, signature: string | undefined): Promise<void> => {
  const result = await seat.client.raw('bet', body, signature)
  if (result.kind !== 'ANSWERED' || result.httpStatus !== HTTP_UNAUTHORISED)
    throw new CaseFailedError(
      `expected HTTP ${HTTP_UNAUTHORISED}, got ${result.kind === 'ANSWERED' ? result.httpStatus : result.code}`,
    )
}

const FORMS: WalletCase[] = [
  {
    id: 'signature-missing',
    title: 'a call without a signature is refused',
    run: (seat) =>
      seat.moves(0n, 'a bet without a signature', () =>
        refusedSignature(seat, rawBet(seat, String(seat.stake)), undefined),
      ),
  },
  {
    id: 'signature-of-other-body',
    title: 'a body that was changed after it was signed is refused',
    run: (seat) =>
      seat.moves(0n, 'a bet under the signature of another', async () => {
        const signed = rawBet(seat, String(seat.stake))
        const changed = Buffer.from(signed.toString().replace(`"amount":${seat.stake}`, '"amount":1'))
        await refusedSignature(seat, changed, seat.client.sign(signed))
        await refusedSignature(seat, Buffer.concat([signed, Buffer.from(' ')]), seat.client.sign(signed))
      }),
  },
  {
    id: 'body-malformed',
    title: 'a body that can’t be read is refused',
    run: (seat) =>
      seat.moves(0n, 'bodies that can’t be read', async () => {
        const whole = rawBet(seat, String(seat.stake))
        for (const body of [Buffer.from(''), whole.subarray(0, whole.length / 2), Buffer.from('[]')]) {
          const result = await seat.client.raw('bet', body, seat.client.sign(body))
          if (result.kind !== 'ANSWERED' || result.httpStatus !== HTTP_BAD_REQUEST)
            throw new CaseFailedError(
              `expected HTTP ${HTTP_BAD_REQUEST}, got ${result.kind === 'ANSWERED' ? result.httpStatus : result.code}`,
            )
        }
      }),
  },
  {
    id: 'amount-not-whole',
    title: 'amounts with a sign, a fraction or an exponent are refused',
    run: (seat) =>
      seat.moves(0n, 'bets of odd amounts', async () => {
        for (const amount of ['-100', '100.5', '1e2', '0', '99999999999999999999999999']) {
          const body = rawBet(seat, amount)
          const result = await seat.client.raw('bet', body, seat.client.sign(body))
          const isRefused =
            result.kind === 'ANSWERED' && result.httpStatus < 500 && result.status.startsWith('ERROR_')
          if (!isRefused) throw new CaseFailedError(`a bet of ${amount} was not refused`)
        }
      }),
  },
]

export const WALLET_CASES: readonly WalletCase[] = [...SESSIONS, ...BETS, ...WINS, ...ROLLBACKS, ...FORMS]
