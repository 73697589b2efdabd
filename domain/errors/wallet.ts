import { define } from './definition.ts'

/** Rejections that the wallet decides. They are recorded as FAILED transactions. */
export const WALLET_ERRORS = define({
  INSUFFICIENT_FUNDS: {
    httpStatus: 400,
    detail: 'Insufficient funds.',
    help: 'The balance is below the amount; the answer carries the actual balance. Use a new transaction_id_partner for another try.',
    retryable: false,
  },
  WALLET_NOT_FOUND: {
    httpStatus: 404,
    detail: 'Player has no wallet in this currency.',
    help: 'A first DEPOSIT opens the wallet; check player_id and currency.',
    retryable: true,
  },
  WALLET_FROZEN: {
    httpStatus: 403,
    detail: 'The wallet is frozen.',
    help: 'Bets and withdrawals are refused until the wallet is unfrozen; wins, rollbacks and deposits still land.',
    retryable: false,
  },
  PLAYER_SELF_EXCLUDED: {
    httpStatus: 403,
    detail: 'The player has excluded himself from play.',
    help: 'Bets and deposits are refused until the exclusion ends; wins, rollbacks and withdrawals still land.',
    retryable: false,
  },
  SELF_EXCLUSION_IN_FORCE: {
    httpStatus: 409,
    detail: 'A self-exclusion is neither lifted nor shortened before its end.',
    help: 'Send the exclusion as GET answers it, or with a later until. Nobody can end it sooner, the platform’s operator included.',
    retryable: false,
  },
  VERSION_CONFLICT: {
    httpStatus: 409,
    detail: 'It was changed by someone else in the meantime.',
    help: 'Read it again, look at what has changed, and send your change again.',
    retryable: false,
  },
  PLAYER_CHANGED_SINCE: {
    httpStatus: 409,
    detail: 'The player was changed by a later request in the meantime.',
    help: 'Of two changes the later one counts. Read the player, and send your change again if it is still wanted.',
    retryable: true,
  },
  AML_HOLD: {
    httpStatus: 403,
    detail: 'Withdrawals of this player are held for review.',
    help: 'A compliance officer has to release the hold first.',
    retryable: true,
  },
  ROUND_CLOSED: {
    httpStatus: 409,
    detail: 'The round is closed.',
    help: 'A bet or win on a closed round is refused; start a new round.',
    retryable: false,
  },
  BET_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No bet stands behind this win.',
    help: 'Send the bet first, or refer to it by its id; the win may be sent again.',
    retryable: true,
  },
  BET_ALREADY_SETTLED: {
    httpStatus: 409,
    detail: 'The bet is settled by a win.',
    help: 'A settled bet is not rolled back; reverse the win first.',
    retryable: false,
  },
  TRANSACTION_ROLLED_BACK: {
    httpStatus: 409,
    detail: 'The transaction is rolled back.',
    help: 'A rolled-back bet takes no win, and a bet whose rollback came first is refused for good.',
    retryable: false,
  },
  PARENT_FAILED: {
    httpStatus: 409,
    detail: 'The referenced transaction was rejected.',
    help: 'A rejected bet moved no money, so there is nothing to refund and nothing to win.',
    retryable: false,
  },
  ROLLBACK_NOT_SUPPORTED: {
    httpStatus: 409,
    detail: 'Only bets are rolled back.',
    help: 'Refer to a BET; correct other transactions with an ADJUSTMENT.',
    retryable: false,
  },
  CURRENCY_MISMATCH: {
    httpStatus: 409,
    detail: 'The referenced transaction is in another currency.',
    help: 'Send the currency of the referenced transaction.',
    retryable: false,
  },
  TRANSACTION_CONFLICT: {
    httpStatus: 409,
    detail: 'This transaction_id_partner was used with another payload.',
    help: 'An id stands for one transaction for at least 120 days; use a new id for a new transaction.',
    retryable: false,
  },
  TRANSACTION_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No such transaction.',
    help: 'Check the id; it must belong to your partner account.',
    retryable: true,
  },
  INVALID_TRANSITION: {
    httpStatus: 409,
    detail: 'The transaction is not in a state that allows this step.',
    help: 'Read the transaction: its status says which steps are left.',
    retryable: false,
  },
  BALANCE_LIMIT_EXCEEDED: {
    httpStatus: 422,
    detail: 'The balance would exceed what a wallet can hold.',
    help: 'Balance and held funds together fit NUMERIC(19,4); send it again once the balance has fallen.',
    retryable: true,
  },
  WITHDRAWAL_DECLINED: {
    httpStatus: 409,
    detail: 'The withdrawal was declined.',
    help: 'The funds are back in the balance; the reason says why.',
    retryable: false,
  },
  PAYOUT_FAILED: {
    httpStatus: 409,
    detail: 'The payout of the withdrawal failed.',
    help: 'The funds are back in the balance; ask for a new withdrawal.',
    retryable: false,
  },
  HOLD_EXPIRED: {
    httpStatus: 409,
    detail: 'Nobody confirmed the withdrawal before its hold ended.',
    help: 'The funds are back in the balance; ask for a new withdrawal.',
    retryable: false,
  },
})
