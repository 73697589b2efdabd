/**
 * Seals anew what partners, players and game providers have in the log: by a change that says what is already so, on the version that was
 * read. It goes the way of every change, through Kafka, so that the log, which is the truth, is sealed anew too, and the
 * audit trail says who did it. Where someone changes the same thing at the same moment, his change stands: it was sealed
 * with the key that is current, or is found again by the next run.
 */
import { z } from 'zod'
import { callApi } from './admin-api.ts'
import type { AdminApi } from './admin-api.ts'

const CONFLICT = 409

const personalData = z.object({
  contact_email: z.string().nullable(),
  registration_number: z.string().nullable(),
  address: z.string().nullable(),
  version: z.unknown(),
})

export async function resealPartner(api: AdminApi, partnerId: string): Promise<void> {
  const path = `/partners/${partnerId}`
  const { body } = await callApi(api, { method: 'GET', path })
  const { version, ...data } = personalData.parse(body)
  await callApi(api, {
    method: 'PATCH',
    path,
    body: { ...data, expected_version: version },
    expects: [CONFLICT],
  })
}

export interface PlayerName {
  partnerId: string
  playerId: string
}

const profile = z.object({
  country: z.string().nullable(),
  name: z.string().nullable(),
  date_of_birth: z.string().nullable(),
  self_exclusion: z.unknown(),
  limits: z.unknown(),
  version: z.unknown(),
})

export async function resealPlayer(api: AdminApi, { partnerId, playerId }: PlayerName): Promise<void> {
  const path = `/players/${encodeURIComponent(playerId)}`
  const { body } = await callApi(api, { method: 'GET', path, partnerId })
  const { version, ...data } = profile.parse(body)
  await callApi(api, {
    method: 'PUT',
    path,
    partnerId,
    body: { ...data, expected_version: version },
    expects: [CONFLICT],
  })
}

export interface WebhookName {
  partnerId: string
  webhookId: string
}

export async function resealProvider(api: AdminApi, providerId: string): Promise<void> {
  const path = `/games/providers/${providerId}/reseal-credentials`
  await callApi(api, { method: 'POST', path, expects: [CONFLICT] })
}

export async function resealWebhook(api: AdminApi, { partnerId, webhookId }: WebhookName): Promise<void> {
  const path = `/partners/${partnerId}/webhooks/${webhookId}/reseal-secrets`
  await callApi(api, { method: 'POST', path, expects: [CONFLICT] })
}
