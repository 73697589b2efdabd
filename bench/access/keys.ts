/** API keys as the log tells them, in any number, for figures about access. */
import { createHash } from 'node:crypto'
import type { ApiKeyUpdated } from '../../avro/types.ts'
import { createKeyHasher } from '../../api/access/api-key.ts'
import { PartnerDirectory } from '../../api/partners/directory.ts'
import { createCodec } from '../../topics/codec.ts'
import { memorySchemas } from '../../streams/wallet/testing/fixtures.ts'
import { partnerOf } from '../../api/testing/partners.ts'

export const HASHER = createKeyHasher(Buffer.alloc(32, 1))
export const KEYS = 1_000_000
export const PARTNERS = 1_000
/** Calls a minute of each partner, and of each of its addresses, before it is refused. */
const PER_MINUTE = 6_000
const NOW_MS = Date.UTC(2026, 10, 23)

/** UUIDs of one kind of thing, by number: a million hashes would take longer than all that is measured. */
const uuidOf = (kind: number, index: number): string =>
  `${index.toString(16).padStart(8, '0')}-0000-4000-8000-${kind.toString(16).padStart(12, '0')}`

export const partnerIdOf = (index: number): string => uuidOf(1, index % PARTNERS)

const prefixOf = (index: number): string => `sk_live_${index.toString(36).padStart(8, '0')}`

/** The text of a key that is among the first `hashed`. */
export const keyTextOf = (index: number): string => `${prefixOf(index)}_${'s'.repeat(43)}`

const recordOf = (index: number, hash: string): ApiKeyUpdated => ({
  event_id: uuidOf(2, index),
  event_type: 'api-key.updated',
  timestamp: NOW_MS,
  data: {
    key_id: uuidOf(3, index),
    key_prefix: prefixOf(index),
    key_hash: hash,
    name: `casino-backend-${index}`,
    scopes: ['wallet:read', 'wallet:write'],
    expires_at: null,
    partner_id: partnerIdOf(index),
    status: 'active',
    replaced_by: null,
    version: 1,
    created_at: NOW_MS + index,
    updated_at: NOW_MS + index,
    command_id: uuidOf(4, index),
  },
})

/**
 * A directory with all partners and keys, each key decoded from the bytes that its topic would hold. The first `hashed` keys
 * can be called with; the hashes of the others are of something else, which saves the time of a million HMACs.
 */
export async function filledDirectory(hashed: number): Promise<PartnerDirectory> {
  const codec = await createCodec('partner.api-key.updated', memorySchemas())
  const directory = new PartnerDirectory()
  const limits = (['wallet', 'address'] as const).map((endpoint_class) => ({
    endpoint_class,
    per_minute: PER_MINUTE,
  }))
  for (let index = 0; index < PARTNERS; index++) {
    const { settings, ...partner } = partnerOf({ partner_id: partnerIdOf(index) })
    directory.applyPartner({
      ...partner,
      settings: { ...settings, allowed_ips: ['203.0.113.0/24'], rate_limits: limits },
    })
  }
  for (let index = 0; index < KEYS; index++) {
    const hash =
      index < hashed
        ? HASHER.hashKey(keyTextOf(index)).toString('base64')
        : createHash('sha256').update(String(index)).digest('base64')
    directory.applyKey(codec.decode(codec.encode(recordOf(index, hash))).data)
  }
  return directory
}
