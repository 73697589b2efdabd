/** The partner to try things with: its keys come from the environment, its profile from partner management. */
import type { StackEnv } from './env-file.ts'
import { StackError } from './errors.ts'

const CREATED = 201
const EXISTS = 409

/** Creates the partner of the environment where it is not there yet. Throws `StackError`. */
export async function introducePartner(env: StackEnv): Promise<void> {
  const response = await fetch(`${env['STAKESTREAM_URL']}/partners`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': env['STAKESTREAM_ADMIN_KEY'] ?? '' },
    body: JSON.stringify({ id: env['STAKESTREAM_PARTNER_ID'], name: 'Demo Casino', type: 'operator' }),
  })
  if (response.status !== CREATED && response.status !== EXISTS)
    throw new StackError(
      `the partner to try things with could not be created (HTTP ${response.status}): ${await response.text()}`,
    )
}
