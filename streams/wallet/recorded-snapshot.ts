/**
 * Reads the wallets of a balance snapshot as the store keeps them: a restore reads millions of them. The order of the
 * fields is that of `avro/wallet.balance.avsc`; a test holds this reader against avsc's.
 */
import type { BalanceUpdated, WalletStatus } from '../../avro/types.ts'
import { AvroCursor } from '../../topics/avro-cursor.ts'
import { isOfSchema, PREFIX_BYTES } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { walletsOfSnapshot } from './snapshot.ts'
import type { WalletState } from './state.ts'

const STATUSES: readonly WalletStatus[] = ['active', 'frozen']

/** Throws `UndecodableError`. A snapshot of another version of the schema is decoded whole. */
export function readSnapshot(codec: TopicCodec<BalanceUpdated>, bytes: Buffer): WalletState[] {
  if (!isOfSchema(bytes, codec.schemaId)) return walletsOfSnapshot(codec.decode(bytes).data)
  const cursor = new AvroCursor(bytes, PREFIX_BYTES)
  cursor.skip() // event_id
  cursor.skip() // event_type
  cursor.long() // timestamp
  cursor.skip() // partner_id
  cursor.skip() // player_id
  const wallets: WalletState[] = []
  for (let items = cursor.items(); items > 0; items = cursor.items())
    while (items-- > 0) wallets.push(readWallet(cursor))
  cursor.end()
  return wallets
}

const readWallet = (cursor: AvroCursor): WalletState => ({
  walletId: cursor.ascii(),
  currency: cursor.string(),
  balance: cursor.decimal(),
  held: cursor.decimal(),
  status: cursor.enum(STATUSES),
  amlHold: cursor.boolean(),
  version: cursor.long(),
  createdAtMs: cursor.long(),
  updatedAtMs: cursor.long(),
})
