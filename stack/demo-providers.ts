/** The sandbox as the platform's game providers: one over REST, one that calls the wallet. */
import type { StackEnv } from './env-file.ts'
import { StackError } from './errors.ts'

const NOT_FOUND = 404

const CURRENCIES = ['EUR', 'GBP', 'KRW', 'USD']

interface DemoProvider {
  id: string
  body: object
}

function providersOf(env: StackEnv): DemoProvider[] {
  const { SANDBOX_URL: url, SANDBOX_API_KEY: apiKey, SANDBOX_WEBHOOK_SECRET: secret } = env
  return [
    {
      id: 'ocasino',
      body: {
        name: 'OCasino (sandbox)',
        api_endpoint: `${url}/ocasino/v1`,
        integration_type: 'rest',
        supported_currencies: CURRENCIES,
        api_credentials: { api_key: apiKey, webhook_secret: secret },
      },
    },
    {
      id: 'sandbox-seamless',
      body: {
        name: 'Seamless sandbox',
        api_endpoint: `${url}/seamless/v1`,
        integration_type: 'seamless',
        supported_currencies: CURRENCIES,
        api_credentials: { api_secret: apiKey, webhook_secret: secret },
      },
    },
  ]
}

const ask = (env: StackEnv, method: string, id: string, body?: object): Promise<Response> =>
  fetch(`${env['STAKESTREAM_URL']}/games/providers/${id}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-api-key': env['STAKESTREAM_ADMIN_KEY'] ?? '' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

async function introduce(env: StackEnv, { id, body }: DemoProvider): Promise<void> {
  const known = await ask(env, 'GET', id)
  await known.arrayBuffer()
  // What the operator has made of one that is there stays.
  if (known.status !== NOT_FOUND) return
  const made = await ask(env, 'PUT', id, body)
  if (!made.ok)
    throw new StackError(
      `the game provider ${id} could not be made (HTTP ${made.status}): ${await made.text()}`,
    )
}

/** Makes the providers that are not there yet. Throws `StackError`. */
export async function introduceProviders(env: StackEnv): Promise<void> {
  for (const provider of providersOf(env)) await introduce(env, provider)
}
