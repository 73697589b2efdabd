/**
 * What the saga has the wallet do. Movements have ids that follow from the provider's: whatever is sent again, the wallet does it once. The
 * id of a command says in which version of the bet it was decided, so that a task that starts anew decides the same command, and a later
 * decision is another one: a refusal that is not remembered may end otherwise the next time, and is then another transaction.
 */
import type { CommandType, GameBet, WalletCommand, WalletCommandData } from '../../avro/types.ts'
import { BLANK_WALLET_COMMAND } from '../../avro/wallet-command.ts'
import { closingId, gameCommandIdOf, providerTransactionId } from '../../domain/game-ids.ts'
import type { WalletStep } from './decide.ts'

type Parts = Partial<WalletCommandData> & { type: CommandType }

/** @param what names the command among those of its bet */
function command(bet: GameBet, what: string, parts: Parts): WalletCommand {
  return {
    event_id: gameCommandIdOf(bet.bet_id, `${bet.version}/${what}`),
    event_type: 'wallet.command',
    timestamp: bet.updated_at,
    data: {
      partner_id: bet.partner_id,
      player_id: bet.player_id,
      currency: bet.terms.currency,
      created_at: bet.updated_at,
      ...BLANK_WALLET_COMMAND,
      ...parts,
    },
  }
}

const STEPS = { CONFIRM: 'BET_CONFIRM', REFUSE: 'BET_REFUSE', CANCEL: 'BET_CANCEL' } as const

function settlement(bet: GameBet, { wins }: Extract<WalletStep, { kind: 'SETTLE' }>): WalletCommand[] {
  const { provider_id: provider, game_id, round_id } = bet.terms
  const paid = wins
    // A win of 0 would close the round, and what is closed takes no other win.
    .filter(({ amount }) => amount > 0n)
    .map(({ id, amount, win_type }) =>
      command(bet, `win/${id}`, {
        type: 'WIN',
        amount,
        win_type,
        game_id,
        round_id,
        transaction_id_partner: providerTransactionId(provider, id),
      }),
    )
  const closed = command(bet, 'closed', {
    type: 'WIN',
    amount: 0n,
    win_type: 'STANDARD',
    round_closed: true,
    game_id,
    round_id,
    transaction_id_partner: closingId(provider, bet.bet_id),
  })
  return [...paid, closed]
}

/** The commands of a step, in their order. */
export function walletCommandsOf(bet: GameBet, step: WalletStep): WalletCommand[] {
  const { terms } = bet
  switch (step.kind) {
    case 'CONFIRM':
    case 'REFUSE':
    case 'CANCEL':
      return [
        command(bet, step.kind, {
          type: STEPS[step.kind],
          transaction_id: bet.bet_id,
          reply_to: terms.reply_to,
          reason: bet.code,
        }),
      ]
    case 'SETTLE':
      return settlement(bet, step)
    case 'ROLL_BACK':
      return [
        command(bet, step.kind, {
          type: 'ROLLBACK',
          reference_transaction_id_partner: terms.transaction_id_partner,
          transaction_id_partner: providerTransactionId(terms.provider_id, `${bet.bet_id}/void`),
          reason: bet.code,
        }),
      ]
  }
}
