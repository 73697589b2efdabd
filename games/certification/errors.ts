/** No case can be played: the wallet is not there, the token opens nothing, the balance is too low. */
export class SeatUnusableError extends Error {
  override name = 'SeatUnusableError'
}
