/** Who asks for a change, for the audit trail. */
import type { Actor } from '../../avro/types.ts'
import { isPlatform } from './principal.ts'
import type { Principal } from './principal.ts'

/** Which request asks, and where it comes from. */
export interface Origin {
  requestId: string
  address: string
}

export const actorOf = (principal: Principal, { requestId, address }: Origin): Actor => ({
  key_id: principal.keyId,
  partner_id: isPlatform(principal) ? null : principal.partnerId,
  ip_address: address === '' ? null : address,
  request_id: requestId,
})
