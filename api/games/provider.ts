/** Between a game provider as the operator says and sees it, and as it lies in the log: with its credentials sealed. */
import type { GameProvider, NewGameProvider, SealedCredential } from '../../avro/types.ts'
import type { Cipher } from '../../service/encryption.ts'
import { CREDENTIALS_MAX, PROVIDER_TIMEOUT_MS_DEFAULT, SEAMLESS_PROFILE_DEFAULT } from '../limits.ts'
import { fieldProblem } from '../problem.ts'
import type { ProviderFields } from '../schemas/game-providers.ts'

/** The whole provider that a body asks for. */
export const providerOf = (fields: ProviderFields): NewGameProvider => ({
  name: fields.name,
  status: fields.status ?? 'active',
  api_endpoint: fields.api_endpoint,
  integration_type: fields.integration_type,
  supported_currencies: fields.supported_currencies,
  settings: {
    timeout_ms: fields.settings?.timeout_ms ?? PROVIDER_TIMEOUT_MS_DEFAULT,
    profile: fields.settings?.profile ?? SEAMLESS_PROFILE_DEFAULT,
  },
})

/**
 * All credentials of a provider after a change, sealed, by name. Nobody can read one to send it again, so what is not named
 * stays under the seal that it has; `null` takes it away. Throws VALIDATION_FAILED where they become too many.
 */
export function sealedCredentials(
  asked: ProviderFields['api_credentials'],
  before: GameProvider | undefined,
  cipher: Pick<Cipher, 'encrypt'>,
): SealedCredential[] {
  const sealed = new Map(before?.api_credentials.map((credential) => [credential.name, credential.sealed]))
  for (const [name, wanted] of Object.entries(asked ?? {}))
    if (wanted === null) sealed.delete(name)
    else sealed.set(name, cipher.encrypt(wanted))
  if (sealed.size > CREDENTIALS_MAX)
    throw fieldProblem('VALIDATION_FAILED', 'api_credentials', `are more than ${CREDENTIALS_MAX}`, 'TOO_BIG')
  return [...sealed]
    .map(([name, text]) => ({ name, sealed: text }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The same credentials under the current key. Throws `DecryptionError` where one does not open. */
export const resealedCredentials = (
  { api_credentials: credentials }: GameProvider,
  cipher: Pick<Cipher, 'encrypt' | 'decrypt'>,
): SealedCredential[] =>
  credentials.map(({ name, sealed }) => ({ name, sealed: cipher.encrypt(cipher.decrypt(sealed)) }))

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

/** A provider as it is answered: ready for `JSON.stringify`; of its credentials the names, and when each was set. */
export const providerBody = (provider: GameProvider): object => ({
  id: provider.provider_id,
  name: provider.name,
  status: provider.status,
  api_endpoint: provider.api_endpoint,
  integration_type: provider.integration_type,
  supported_currencies: provider.supported_currencies,
  settings: provider.settings,
  api_credentials: provider.api_credentials.map(({ name, created_at }) => ({
    name,
    created_at: timeOf(created_at),
  })),
  version: provider.version,
  created_at: timeOf(provider.created_at),
  updated_at: timeOf(provider.updated_at),
})
