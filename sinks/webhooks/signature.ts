/** The headers of a delivery, by the Standard Webhooks specification. */
import { Webhook as Signer } from 'standardwebhooks'
import type { Webhook } from '../../avro/types.ts'

/** The secrets that sign at a moment, sealed; the newest first. */
export const signingSecrets = ({ secrets }: Webhook, nowMs: number): string[] =>
  secrets.filter(({ expires_at: endMs }) => endMs === null || endMs > nowMs).map(({ sealed }) => sealed)

/** One signature per secret, so that a receiver verifies with the old one or the new one while both count. */
export function headersOf(
  id: string,
  body: string,
  secrets: readonly string[],
  nowMs: number,
): Record<string, string> {
  const signatures = secrets.map((secret) => new Signer(secret).sign(id, new Date(nowMs), body))
  return {
    'content-type': 'application/json',
    'user-agent': 'Stakestream-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
    'webhook-signature': signatures.join(' '),
  }
}
