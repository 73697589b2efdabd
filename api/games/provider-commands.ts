/**
 * Wallet commands that a provider's word comes to. The partner-side ids of the movements follow from the provider's, so that a repetition moves
 * nothing; each sending is a command of its own, since a refusal that is not remembered may end otherwise the next time.
 */
import { v7 as uuidv7 } from 'uuid'
import type { WalletCommand, WalletCommandData } from '../../avro/types.ts'
import { BLANK_WALLET_COMMAND } from '../../avro/wallet-command.ts'
import { closingId, providerTransactionId } from '../../domain/game-ids.ts'
import type { ProviderCallback, WalletOrder } from '../../games/adapter.ts'

type RoundResult = Extract<ProviderCallback, { kind: 'ROUND_RESULT' }>

type Parts = Partial<WalletCommandData> &
  Pick<WalletCommandData, 'partner_id' | 'player_id' | 'type' | 'currency'>

const command = (nowMs: number, parts: Parts): WalletCommand => ({
  event_id: uuidv7(),
  event_type: 'wallet.command',
  timestamp: nowMs,
  data: {
    ...BLANK_WALLET_COMMAND,
    created_at: nowMs,
    ...parts,
  },
})

/** The wins of a round, and its end: the same as where the saga learns of them by polling (`streams/games/wallet-commands.ts`). */
export function resultCommands(
  providerId: string,
  gameId: string,
  callback: RoundResult,
  nowMs: number,
): { wins: WalletCommand[]; closing: WalletCommand | undefined } {
  const { partnerId: partner_id, playerId: player_id, currency, roundId: round_id } = callback
  const { betTransactionId: betId } = callback
  const about = { partner_id, player_id, currency, round_id, game_id: gameId, type: 'WIN' } as const
  const paid = callback.wins
    // A win of 0 would close the round, and what is closed takes no other win.
    .filter(({ amount }) => amount.units > 0n)
    .map(({ providerTransactionId: id, amount, winType }) =>
      command(nowMs, {
        ...about,
        amount: amount.units,
        win_type: winType,
        transaction_id_partner: providerTransactionId(providerId, id),
      }),
    )
  if (!callback.closesRound) return { wins: paid, closing: undefined }
  const closing = command(nowMs, {
    ...about,
    amount: 0n,
    win_type: 'STANDARD',
    round_closed: true,
    transaction_id_partner: closingId(providerId, betId),
  })
  return { wins: paid, closing }
}

/** What a seamless provider orders: told from its repetitions by the id that it gives. */
export function orderCommand(order: WalletOrder, gameId: string | null, nowMs: number): WalletCommand {
  const { partnerId, playerId, type, transactionIdPartner: own } = order
  return command(nowMs, {
    partner_id: partnerId,
    player_id: playerId,
    type,
    currency: order.currency,
    amount: order.amount,
    game_id: gameId,
    round_id: order.roundId,
    campaign_id: order.campaignId,
    transaction_id_partner: own,
    reference_transaction_id_partner: order.referenceTransactionIdPartner,
    win_type: type === 'WIN' ? (order.winType ?? 'STANDARD') : null,
    round_closed: type === 'WIN' && (order.roundClosed || order.amount === 0n),
  })
}
