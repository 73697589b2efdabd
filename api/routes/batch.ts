/** POST /wallet/batch: many commands in one call, each with a result of its own. */
import type { WalletCommand } from '../../avro/types.ts'
import { batchResultOf, outcomeOf } from '../answers.ts'
import type { Outcome } from '../answers.ts'
import { buildCommand } from '../commands/command.ts'
import type { CommandRequest } from '../commands/command.ts'
import { BATCH_BODY_BYTES_MAX, BATCH_COMMANDS_MAX } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { batchAnswer } from '../schemas/answers.ts'
import { batchBody, batchCommand } from '../schemas/commands.ts'
import { validate } from '../validate.ts'
import { COMMAND_EXAMPLE } from './movements.ts'
import { PREFER_HEADER, prefersAsync } from './parts.ts'
import type { RouteParts } from './parts.ts'

/** A command of the batch, or why there is none. */
type Item = { command: WalletCommand } | { refusal: Outcome }

const refusalOf = ({ code, details }: ApiError): Item => ({
  refusal: { kind: 'problem', code, details, replayed: false },
})

type Sender = Pick<CommandRequest, 'principal' | 'origin'>

function itemOf(parts: RouteParts, input: unknown, at: number, sender: Sender, nowMs: number): Item {
  const parsed = validate(batchCommand, input, `commands.${at}`)
  if (!parsed.ok) return refusalOf(parsed.error)
  const { player_id: playerId, type, ...fields } = parsed.value
  try {
    return { command: buildCommand({ ...sender, playerId, type, fields }, parts.defaults, nowMs) }
  } catch (error) {
    if (error instanceof ApiError) return refusalOf(error)
    throw error
  }
}

/** Sends what is well-formed in one go, and puts the outcomes back in the order of the items. */
async function outcomesOf(parts: RouteParts, items: readonly Item[], isAsync: boolean): Promise<Outcome[]> {
  const commands = items.flatMap((item) => ('command' in item ? [item.command] : []))
  const results = await Promise.all(parts.gateway.submit(commands, !isAsync))
  if (
    results.length > 0 &&
    results.every((result) => result.kind === 'unsent' && result.code === 'TOO_MANY_PENDING')
  )
    throw new ApiError('TOO_MANY_PENDING')
  const next = results.values()
  return items.map((item) => {
    if ('refusal' in item) return item.refusal
    const result = next.next().value
    if (result === undefined) throw new Error('the gateway answered too few commands')
    return outcomeOf(item.command, result)
  })
}

export const batchRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/wallet/batch',
    operationId: 'batch',
    tag: 'Wallet',
    summary: `Send up to ${BATCH_COMMANDS_MAX} commands`,
    description:
      'Every command is decided on its own, in the order given where they concern the same player; one that is malformed ' +
      'or refused stops no other. Each result carries the status and the body that the command’s own route would answer.',
    scopes: ['wallet:write'],
    params: NO_PARAMS,
    query: NO_QUERY,
    body: {
      schema: batchBody,
      bytesMax: BATCH_BODY_BYTES_MAX,
      optional: false,
      example: {
        commands: [
          {
            player_id: 'player-42',
            type: 'DEPOSIT',
            amount: 100,
            currency: 'USD',
            transaction_id_partner: 'dep-1',
          },
          {
            player_id: 'player-42',
            type: 'BET',
            amount: 10.5,
            currency: 'USD',
            game_id: 'slots_game_001',
            round_id: 'round_abc123xyz',
          },
        ],
      },
    },
    requestHeaders: PREFER_HEADER,
    answers: {
      200: {
        description: 'One result per command.',
        schema: batchAnswer,
        example: {
          results: [
            { status: 200, body: { ...COMMAND_EXAMPLE, new_balance: 100, balance: 100, version: 1 } },
            { status: 200, body: COMMAND_EXAMPLE },
          ],
        },
      },
    },
    errors: ['TOO_MANY_PENDING', 'SERVICE_UNAVAILABLE'],
    handle: async ({ body, requestId, address, header }, principal) => {
      const nowMs = Date.now()
      const sender = { principal, origin: { requestId, address } }
      const items = body.commands.map((input, at) => itemOf(parts, input, at, sender, nowMs))
      const outcomes = await outcomesOf(parts, items, prefersAsync(header))
      const results = outcomes.map((outcome) => batchResultOf(outcome, requestId))
      return { status: 200, body: JSON.stringify({ results }) }
    },
  })
