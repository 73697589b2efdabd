/**
 * Seals a partner's personal data anew: by a change that says what is already so. It goes the way of every change, through
 * Kafka, so that the log, which is the truth, is sealed anew too, and the audit trail says who did it.
 */
import { z } from 'zod'
import { CliError, EXIT } from '../errors.ts'

const personalData = z.object({
  contact_email: z.string().nullable(),
  registration_number: z.string().nullable(),
  address: z.string().nullable(),
  version: z.number(),
})

export interface AdminApi {
  url: string
  adminKey: string
}

async function call(
  { url, adminKey }: AdminApi,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok)
    throw new CliError(
      EXIT.failed,
      'RESEAL_REFUSED',
      `${method} ${path} was answered with ${response.status}: ${await response.text()}`,
      'start it again: what is sealed already is passed over',
    )
  return response.json()
}

export async function resealPartner(api: AdminApi, partnerId: string): Promise<void> {
  const path = `/partners/${partnerId}`
  const { version, ...data } = personalData.parse(await call(api, 'GET', path))
  await call(api, 'PATCH', path, { ...data, expected_version: version })
}
