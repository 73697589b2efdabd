/** What the wallet tells the saga of a bet that a provider has to confirm, in the transaction of the bet itself. */
import type { GameCommand, GameCommandData, Transaction, WalletCommand } from '../../avro/types.ts'
import type { Decision } from './request.ts'

/** True for a bet whose stake is held until its provider has confirmed it. */
export const isHeldBet = ({ type, status }: Pick<Transaction, 'type' | 'status'>): boolean =>
  type === 'BET' && status === 'PENDING'

const gameCommand = (
  { event_id: id, timestamp, data }: WalletCommand,
  betId: string,
  parts: Pick<GameCommandData, 'action' | 'bet'>,
): GameCommand => ({
  event_id: id,
  event_type: 'game.command',
  timestamp,
  data: {
    partner_id: data.partner_id,
    player_id: data.player_id,
    bet_id: betId,
    ...parts,
    result: null,
    requested_at: timestamp,
  },
})

/** The stake is held, or its hold has ended by its time; undefined for every other decision. */
export function gameCommandOf(command: WalletCommand, decision: Decision): GameCommand | undefined {
  if (decision.kind !== 'applied') return undefined
  const { data } = command
  const { transaction } = decision
  if (data.type === 'BET_EXPIRE')
    return gameCommand(command, transaction.transaction_id, { action: 'EXPIRED', bet: null })
  if (!isHeldBet(transaction)) return undefined
  return gameCommand(command, transaction.transaction_id, {
    action: 'HELD',
    bet: {
      provider_id: data.provider_id ?? '',
      game_id: transaction.game_id ?? '',
      round_id: transaction.round_id ?? '',
      campaign_id: transaction.campaign_id,
      currency: transaction.currency,
      amount: transaction.amount,
      transaction_id_partner: transaction.transaction_id_partner ?? '',
      placed_at: transaction.created_at,
      hold_expires_at: transaction.hold_expires_at ?? 0,
      reply_to: data.reply_to,
    },
  })
}
