/** Secrets of webhook endpoints, in the form of the Standard Webhooks specification. */
import { randomBytes } from 'node:crypto'

/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32

/** A new secret, as its owner gives it to a library: `whsec_` and base64. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
