/** A player with money and a session on the platform, for cases that are played there. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { CliError, EXIT } from '../errors.ts'

/** What the player gets to play with: far more than the cases stake. */
const DEPOSIT = '1000.00'
const CURRENCY = 'EUR'

const launchAnswer = z.object({ session_id: z.string().min(1) })
const NOT_FOUND = 404

const fromEnvironment = (name: string): string => {
  const value = process.env[name]
  if (value !== undefined) return value
  throw new CliError(
    EXIT.usage,
    'USAGE',
    `no --token, and no ${name} to open a session with`,
    'see certify --help',
  )
}

const ask = (method: string, path: string, key: string, body?: object): Promise<Response> =>
  fetch(`${fromEnvironment('STAKESTREAM_URL')}${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-api-key': fromEnvironment(key) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

async function answerOf(path: string, asked: Promise<Response>): Promise<unknown> {
  const response = await asked
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer
  throw new CliError(
    EXIT.environment,
    'NO_SESSION',
    `${path} was answered ${response.status}`,
    'give a session with --token, or see what the platform says of it',
  )
}

/** Puts the provider's game into the catalogue where it is not there yet, under its own code. */
async function needGame(providerId: string, gameCode: string): Promise<string> {
  const path = `/games/${encodeURIComponent(gameCode)}`
  const known = await ask('GET', path, 'STAKESTREAM_PARTNER_KEY')
  await known.arrayBuffer()
  if (known.status === NOT_FOUND) {
    const game = { provider_id: providerId, game_code: gameCode, name: gameCode }
    await answerOf(path, ask('PUT', path, 'STAKESTREAM_ADMIN_KEY', game))
  }
  return path
}

/** Makes a player, gives him money and launches a game of the provider: the session's token. Throws `CliError`. */
export async function openCertifiedSession(providerId: string, gameCode: string): Promise<string> {
  const playerId = `certify-${randomUUID()}`
  const deposit = `/wallet/${playerId}/deposit`
  const money = { amount: DEPOSIT, currency: CURRENCY, transaction_id_partner: `${playerId}-deposit` }
  await answerOf(deposit, ask('POST', deposit, 'STAKESTREAM_PARTNER_KEY', money))
  const path = `${await needGame(providerId, gameCode)}/launch`
  const player = { player_id: playerId, currency: CURRENCY }
  const launched = await answerOf(path, ask('POST', path, 'STAKESTREAM_PARTNER_KEY', player))
  return launchAnswer.parse(launched).session_id
}
