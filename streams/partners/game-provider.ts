/** Game providers: put in place as a whole, and their credentials sealed anew. They belong to the platform, to no partner. */
import type { ApiCredential, GameProvider, SealedCredential } from '../../avro/types.ts'
import { providerSubjectIdOf } from '../../domain/game-provider.ts'
import type { PutProvider, ResealCredentials } from './command.ts'
import { changedAt, gameProviderChanged, refused } from './decision.ts'
import type { Decision, PartnersView, Subject } from './decision.ts'

const subjectOf = (providerId: string, view: PartnersView): Subject & { type: 'game_provider' } => ({
  type: 'game_provider',
  id: providerSubjectIdOf(providerId),
  before: view.gameProvider(providerId),
})

/** A seal that is there already is the credential that was there: it keeps the time at which it was set. */
function credentialsOf(
  credentials: readonly SealedCredential[],
  before: readonly ApiCredential[],
  nowMs: number,
): ApiCredential[] {
  return credentials.map(({ name, sealed }) => {
    const kept = before.find((each) => each.name === name && each.sealed === sealed)
    return { name, sealed, created_at: kept?.created_at ?? nowMs }
  })
}

/** Creates the provider where the expected version is 0. */
export function decidePut(command: PutProvider, view: PartnersView): Decision {
  const { providerId, provider, credentials, expectedVersion, commandId, nowMs } = command
  const subject = subjectOf(providerId, view)
  const { before } = subject
  if ((before?.version ?? 0) !== expectedVersion) return refused(command, subject, 'VERSION_CONFLICT')
  if ((view.gameProviderOfName(provider.name) ?? providerId) !== providerId)
    return refused(command, subject, 'GAME_PROVIDER_NAME_TAKEN')
  const updatedAtMs = before === undefined ? nowMs : changedAt(nowMs, before)
  return gameProviderChanged(command, subject, {
    provider_id: providerId,
    ...provider,
    api_credentials: credentialsOf(credentials, before?.api_credentials ?? [], updatedAtMs),
    version: expectedVersion + 1,
    created_at: before?.created_at ?? nowMs,
    updated_at: updatedAtMs,
    command_id: commandId,
  })
}

const namesOf = (credentials: readonly { name: string }[]): string =>
  credentials.map(({ name }) => name).join(' ')

/** The same credentials under another seal: when they were set stays. */
export function decideCredentialsReseal(command: ResealCredentials, view: PartnersView): Decision {
  const { providerId, credentials, expectedVersion, commandId, nowMs } = command
  const subject = subjectOf(providerId, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'GAME_PROVIDER_NOT_FOUND')
  const isOfThese =
    before.version === expectedVersion && namesOf(before.api_credentials) === namesOf(credentials)
  if (!isOfThese) return refused(command, subject, 'VERSION_CONFLICT')
  const after: GameProvider = {
    ...before,
    api_credentials: before.api_credentials.map((credential, at) => ({
      ...credential,
      sealed: credentials[at]?.sealed ?? credential.sealed,
    })),
    version: before.version + 1,
    updated_at: changedAt(nowMs, before),
    command_id: commandId,
  }
  return gameProviderChanged(command, subject, after)
}
