/** When keys were last used: noted in memory with every call, told now and then, each key at most once per telling. */
import type { ApiKeyUse } from '../../avro/types.ts'
import type { Credential } from '../access/principal.ts'

export interface KeyUsage {
  note(credential: Credential, nowMs: number): void
  /** Tells what has been noted since; what could not be told is kept for the next time. */
  flush(): Promise<void>
}

export interface KeyUsageOptions {
  /** Keys of the configuration are nobody's row. */
  isIssued: (keyId: string) => boolean
  tell: (uses: readonly ApiKeyUse[]) => Promise<void>
}

export function createKeyUsage({ isIssued, tell }: KeyUsageOptions): KeyUsage {
  let noted = new Map<string, ApiKeyUse>()
  return {
    note: ({ keyId, partnerId }, nowMs) => {
      const known = noted.get(keyId)
      if (known !== undefined) known.last_used_at = nowMs
      else if (isIssued(keyId))
        noted.set(keyId, { key_id: keyId, partner_id: partnerId, last_used_at: nowMs })
    },
    flush: async () => {
      if (noted.size === 0) return
      const uses = noted
      noted = new Map()
      try {
        await tell([...uses.values()])
      } catch (error) {
        for (const [id, use] of uses) if (!noted.has(id)) noted.set(id, use)
        throw error
      }
    },
  }
}
