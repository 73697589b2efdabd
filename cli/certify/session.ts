/** A player with money and a session on the platform, for cases that are played there. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { CliError, EXIT } from '../errors.ts'

/** What the player gets to play with: far more than the cases stake. */
const DEPOSIT = '1000.00'
const CURRENCY = 'EUR'

const sessionAnswer = z.object({ token: z.string().min(1) })

async function post(path: string, body: object): Promise<unknown> {
  const { STAKESTREAM_URL: url, STAKESTREAM_PARTNER_KEY: key } = process.env
  if (url === undefined || key === undefined)
    throw new CliError(
      EXIT.usage,
      'USAGE',
      'no --token, and no platform to open a session on',
      'see certify --help',
    )
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer
  throw new CliError(
    EXIT.environment,
    'NO_SESSION',
    `${path} was answered ${response.status}`,
    'give a session with --token, or see what the platform says of it',
  )
}

/** Makes a player, gives him money and opens a session in a game of the provider. Throws `CliError`. */
export async function openCertifiedSession(providerId: string, gameCode: string): Promise<string> {
  const playerId = `certify-${randomUUID()}`
  await post(`/wallet/${playerId}/deposit`, {
    amount: DEPOSIT,
    currency: CURRENCY,
    transaction_id_partner: `${playerId}-deposit`,
  })
  const game = `${providerId}:${gameCode}`
  const session = await post('/games/sessions', { player_id: playerId, game_id: game, currency: CURRENCY })
  const parsed = sessionAnswer.safeParse(session)
  if (parsed.success) return parsed.data.token
  throw new CliError(
    EXIT.environment,
    'NO_SESSION',
    'the platform opened no session',
    'give one with --token',
  )
}
