/** A command whose fields are known to be there: what the rules work on. */
import type {
  Actor,
  NewAmlRules,
  NewApiKey,
  NewGame,
  NewGameProvider,
  PartnerCommand,
  PartnerProfile,
  SealedCredential,
  WebhookSettings,
} from '../../avro/types.ts'
import {
  faultOfDeliveryId,
  faultOfAmlRules,
  faultOfCredentials,
  faultOfEnd,
  faultOfHead,
  faultOfKeyId,
  faultOfNewKey,
  faultOfProfile,
  faultOfGame,
  faultOfProvider,
  faultOfProviderId,
  faultOfReplayStart,
  faultOfSecret,
  faultOfSecretEnd,
  faultOfWebhook,
  faultOfWebhookId,
} from './validate.ts'
import type { Fault } from './validate.ts'

/** What every command carries. */
interface Head {
  commandId: string
  /** When the platform accepted the command, epoch milliseconds: the time by which it is decided. */
  nowMs: number
  partnerId: string
  actor: Actor
}

export interface CreatePartner extends Head {
  action: 'CREATE_PARTNER'
  profile: PartnerProfile
}

export interface UpdatePartner extends Head {
  action: 'UPDATE_PARTNER'
  /** The whole profile as it shall be. */
  profile: PartnerProfile
  /** The version that the change was made on. */
  expectedVersion: number
}

export interface IssueKey extends Head {
  action: 'ISSUE_KEY'
  key: NewApiKey
}

export interface RotateKey extends Head {
  action: 'ROTATE_KEY'
  key: NewApiKey
  /** The old key. */
  keyId: string
  /** Until when the old key still works, epoch milliseconds. */
  oldKeyEndsMs: number
}

export interface DeactivateKey extends Head {
  action: 'DEACTIVATE_KEY'
  keyId: string
}

interface OfWebhook extends Head {
  webhookId: string
}

export interface CreateWebhook extends OfWebhook {
  action: 'CREATE_WEBHOOK'
  settings: WebhookSettings
  /** Sealed. */
  secret: string
}

export interface UpdateWebhook extends OfWebhook {
  action: 'UPDATE_WEBHOOK'
  /** All settings as they shall be. */
  settings: WebhookSettings
  /** The version that the change was made on. */
  expectedVersion: number
}

export interface RotateWebhookSecret extends OfWebhook {
  action: 'ROTATE_WEBHOOK_SECRET'
  /** Sealed. */
  secret: string
  /** Until when the old secret still signs, epoch milliseconds. */
  oldSecretEndsMs: number
}

export interface DeleteWebhook extends OfWebhook {
  action: 'DELETE_WEBHOOK'
}

export interface ResendDelivery extends OfWebhook {
  action: 'RESEND_DELIVERY'
  deliveryId: string
}

export interface ReplayDeliveries extends OfWebhook {
  action: 'REPLAY_DELIVERIES'
  /** Time of the first event, epoch milliseconds. */
  fromMs: number
}

export interface ResealSecrets extends OfWebhook {
  action: 'RESEAL_WEBHOOK_SECRETS'
  /** All of the endpoint's secrets in their order, sealed anew. */
  secrets: readonly string[]
  /** The version that was sealed anew. */
  expectedVersion: number
}

export type WebhookCommand =
  | ResealSecrets
  | CreateWebhook
  | UpdateWebhook
  | RotateWebhookSecret
  | DeleteWebhook
  | ResendDelivery
  | ReplayDeliveries

export interface PublishAmlRules extends Head, NewAmlRules {
  action: 'PUBLISH_AML_RULES'
  /** The owner's newest version, 0 where there is none. */
  expectedVersion: number
}

interface OfProvider extends Head {
  providerId: string
  /** All of the provider's credentials, sealed. */
  credentials: readonly SealedCredential[]
  /** The version that the change was made on; 0: there is none. */
  expectedVersion: number
}

export interface PutProvider extends OfProvider {
  action: 'PUT_PROVIDER'
  /** The provider as it shall be. */
  provider: NewGameProvider
}

export interface ResealCredentials extends OfProvider {
  action: 'RESEAL_PROVIDER_CREDENTIALS'
}

export interface PutGame extends Head {
  action: 'PUT_GAME'
  gameId: string
  /** The game as it shall be. */
  game: NewGame
  /** The version that the change was made on; 0: there is none. */
  expectedVersion: number
}

export type CheckedCommand =
  | PutGame
  | CreatePartner
  | UpdatePartner
  | IssueKey
  | RotateKey
  | DeactivateKey
  | WebhookCommand
  | PublishAmlRules
  | PutProvider
  | ResealCredentials

/** The command, or what is wrong with it. */
export type Check = CheckedCommand | { fault: string }

/** The command, unless one of the faults is one. */
const unless = (command: CheckedCommand, ...faults: readonly Fault[]): Check => {
  const fault = faults.find((each) => each !== undefined)
  return fault === undefined ? command : { fault }
}

const missing = (action: string, field: string): Check => ({ fault: `${action} without ${field}` })

function checkProfile(head: Head, { action, profile, expected_version }: PartnerCommand['data']): Check {
  if (profile === null) return missing(action, 'profile')
  const fault = faultOfProfile(profile)
  if (action === 'CREATE_PARTNER') return unless({ ...head, action, profile }, fault)
  if (expected_version === null) return missing(action, 'expected_version')
  return unless({ ...head, action: 'UPDATE_PARTNER', profile, expectedVersion: expected_version }, fault)
}

function checkRotation(head: Head, { key, key_id, old_key_expires_at }: PartnerCommand['data']): Check {
  const action = 'ROTATE_KEY'
  if (key === null) return missing(action, 'key')
  if (key_id === null) return missing(action, 'key_id')
  if (old_key_expires_at === null) return missing(action, 'old_key_expires_at')
  return unless(
    { ...head, action, key, keyId: key_id, oldKeyEndsMs: old_key_expires_at },
    faultOfNewKey(key),
    faultOfKeyId(key_id),
    faultOfEnd(old_key_expires_at),
  )
}

function checkCreation(head: OfWebhook, { webhook, webhook_secret: secret }: PartnerCommand['data']): Check {
  const action = 'CREATE_WEBHOOK'
  if (webhook === null) return missing(action, 'webhook')
  if (secret === null) return missing(action, 'webhook_secret')
  return unless(
    { ...head, action, settings: webhook, secret },
    faultOfWebhook(webhook),
    faultOfSecret(secret),
  )
}

function checkUpdate(head: OfWebhook, { webhook, expected_version }: PartnerCommand['data']): Check {
  const action = 'UPDATE_WEBHOOK'
  if (webhook === null) return missing(action, 'webhook')
  if (expected_version === null) return missing(action, 'expected_version')
  return unless(
    { ...head, action, settings: webhook, expectedVersion: expected_version },
    faultOfWebhook(webhook),
  )
}

function checkSecretRotation(head: OfWebhook, data: PartnerCommand['data']): Check {
  const action = 'ROTATE_WEBHOOK_SECRET'
  const { webhook_secret: secret, old_secret_expires_at: oldSecretEndsMs } = data
  if (secret === null) return missing(action, 'webhook_secret')
  if (oldSecretEndsMs === null) return missing(action, 'old_secret_expires_at')
  return unless(
    { ...head, action, secret, oldSecretEndsMs },
    faultOfSecret(secret),
    faultOfSecretEnd(oldSecretEndsMs),
  )
}

function checkReseal(head: OfWebhook, data: PartnerCommand['data']): Check {
  const action = 'RESEAL_WEBHOOK_SECRETS'
  const { webhook_secrets: secrets, expected_version: expectedVersion } = data
  if (expectedVersion === null) return missing(action, 'expected_version')
  return unless({ ...head, action, secrets, expectedVersion }, ...secrets.map(faultOfSecret))
}

function checkResend(head: OfWebhook, { delivery_id: deliveryId }: PartnerCommand['data']): Check {
  const action = 'RESEND_DELIVERY'
  if (deliveryId === null) return missing(action, 'delivery_id')
  return unless({ ...head, action, deliveryId }, faultOfDeliveryId(deliveryId))
}

function checkReplay(head: OfWebhook, { replay_from: fromMs }: PartnerCommand['data']): Check {
  const action = 'REPLAY_DELIVERIES'
  if (fromMs === null) return missing(action, 'replay_from')
  return unless({ ...head, action, fromMs }, faultOfReplayStart(fromMs))
}

function checkWebhook(head: Head, action: WebhookCommand['action'], data: PartnerCommand['data']): Check {
  const { webhook_id: webhookId } = data
  if (webhookId === null) return missing(action, 'webhook_id')
  const fault = faultOfWebhookId(webhookId)
  if (fault !== undefined) return { fault }
  switch (action) {
    case 'CREATE_WEBHOOK':
      return checkCreation({ ...head, webhookId }, data)
    case 'UPDATE_WEBHOOK':
      return checkUpdate({ ...head, webhookId }, data)
    case 'ROTATE_WEBHOOK_SECRET':
      return checkSecretRotation({ ...head, webhookId }, data)
    case 'DELETE_WEBHOOK':
      return { ...head, webhookId, action }
    case 'RESEAL_WEBHOOK_SECRETS':
      return checkReseal({ ...head, webhookId }, data)
    case 'RESEND_DELIVERY':
      return checkResend({ ...head, webhookId }, data)
    case 'REPLAY_DELIVERIES':
      return checkReplay({ ...head, webhookId }, data)
  }
}

function checkPublication(head: Head, { aml_rules: asked, expected_version }: PartnerCommand['data']): Check {
  const action = 'PUBLISH_AML_RULES'
  if (asked === null) return missing(action, 'aml_rules')
  if (expected_version === null) return missing(action, 'expected_version')
  return unless(
    { ...head, ...asked, action, expectedVersion: expected_version },
    faultOfAmlRules(asked, head),
  )
}

function checkProvider(
  head: Head,
  action: (PutProvider | ResealCredentials)['action'],
  { provider_id, game_provider, provider_credentials, expected_version }: PartnerCommand['data'],
): Check {
  if (provider_id === null) return missing(action, 'provider_id')
  if (expected_version === null) return missing(action, 'expected_version')
  const about = { ...head, providerId: provider_id, expectedVersion: expected_version }
  const command = { ...about, credentials: provider_credentials }
  const faults = [faultOfProviderId(provider_id), faultOfCredentials(provider_credentials)]
  if (action === 'RESEAL_PROVIDER_CREDENTIALS') return unless({ ...command, action }, ...faults)
  if (game_provider === null) return missing(action, 'game_provider')
  return unless({ ...command, action, provider: game_provider }, ...faults, faultOfProvider(game_provider))
}

function checkGame(head: Head, { game_id, game, expected_version }: PartnerCommand['data']): Check {
  const action = 'PUT_GAME'
  if (game_id === null) return missing(action, 'game_id')
  if (expected_version === null) return missing(action, 'expected_version')
  if (game === null) return missing(action, 'game')
  const command = { ...head, action, gameId: game_id, game, expectedVersion: expected_version } as const
  return unless(command, faultOfGame(game_id, game))
}

/** Looks whether a command can be decided. */
export function checkCommand(command: PartnerCommand): Check {
  const fault = faultOfHead(command)
  if (fault !== undefined) return { fault }
  const { event_id: commandId, timestamp: nowMs, data } = command
  const { action, actor, partner_id: partnerId, key, key_id: keyId } = data
  const head: Head = { commandId, nowMs, partnerId, actor }
  switch (action) {
    case 'CREATE_PARTNER':
    case 'UPDATE_PARTNER':
      return checkProfile(head, data)
    case 'ISSUE_KEY':
      return key === null ? missing(action, 'key') : unless({ ...head, action, key }, faultOfNewKey(key))
    case 'ROTATE_KEY':
      return checkRotation(head, data)
    case 'DEACTIVATE_KEY':
      return keyId === null
        ? missing(action, 'key_id')
        : unless({ ...head, action, keyId }, faultOfKeyId(keyId))
    case 'CREATE_WEBHOOK':
    case 'UPDATE_WEBHOOK':
    case 'ROTATE_WEBHOOK_SECRET':
    case 'DELETE_WEBHOOK':
    case 'RESEAL_WEBHOOK_SECRETS':
    case 'RESEND_DELIVERY':
    case 'REPLAY_DELIVERIES':
      return checkWebhook(head, action, data)
    case 'PUBLISH_AML_RULES':
      return checkPublication(head, data)
    case 'PUT_PROVIDER':
    case 'RESEAL_PROVIDER_CREDENTIALS':
      return checkProvider(head, action, data)
    case 'PUT_GAME':
      return checkGame(head, data)
  }
}
