/** The partner to try things with: its keys come from the environment, its profile from partner management. */
import type { StackEnv } from './env-file.ts'
import { StackError } from './errors.ts'

const CREATED = 201
const EXISTS = 409
/** Nobody knows whether it was made: on a busy machine the outcome may come too late. */
const UNKNOWN = 503
const TRIES_MAX = 5

const create = (env: StackEnv): Promise<Response> =>
  fetch(`${env['STAKESTREAM_URL']}/partners`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': env['STAKESTREAM_ADMIN_KEY'] ?? '' },
    body: JSON.stringify({ id: env['STAKESTREAM_PARTNER_ID'], name: 'Demo Casino', type: 'operator' }),
  })

/** Creates the partner of the environment where it is not there yet; under its own id that may be asked for again. Throws `StackError`. */
export async function introducePartner(env: StackEnv): Promise<void> {
  let response = await create(env)
  for (let left = TRIES_MAX - 1; response.status === UNKNOWN && left > 0; left--) response = await create(env)
  if (response.status !== CREATED && response.status !== EXISTS)
    throw new StackError(
      `the partner to try things with could not be created (HTTP ${response.status}): ${await response.text()}`,
    )
}
