/** Players whose withdrawals are not approved automatically while an alert is open. Few, so they are kept in memory. */
import type { AmlPlayer } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'

export class WithheldPlayers {
  readonly #keys = new Set<string>()

  /** Lays the newest standing of a player over what is known; a topic's records come in the order of their versions. */
  apply({ partner_id, player_id, withdrawals_blocked }: AmlPlayer): void {
    const key = playerKey(partner_id, player_id)
    if (withdrawals_blocked) this.#keys.add(key)
    else this.#keys.delete(key)
  }

  has(partnerId: string, playerId: string): boolean {
    return this.#keys.has(playerKey(partnerId, playerId))
  }
}
