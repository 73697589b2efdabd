/** A wallet's id follows from what it is, so that it is the same wherever and whenever it is worked out. */
import { v5 } from 'uuid'
import { playerKey } from '../../domain/ids.ts'

/** Namespace of the UUIDv5 of wallets; it must never change. */
const WALLETS = '5b1c1f0e-3f0a-5d53-9c59-6a1f7c2e4d90'
/** Namespace of the UUIDv5 of the commands that end a hold. */
const HOLD_EXPIRIES = 'b7f4a3c2-90d1-5e6b-8a47-2c3d9e0f1a65'

/** UUIDv5 of partner, player and currency. */
export const walletIdOf = (partnerId: string, playerId: string, currency: string): string =>
  v5(`${playerKey(partnerId, playerId)}/${currency}`, WALLETS)

/** Id of the command that ends the hold of a withdrawal: sent twice, it is the same command. */
export const holdExpiryIdOf = (transactionId: string): string => v5(transactionId, HOLD_EXPIRIES)
