/** What routes work with, and what several of them do. */
import type { GameCommand, WalletCommand, WalletReplyData } from '../../avro/types.ts'
import { answerOf, outcomeOf } from '../answers.ts'
import type { Principal } from '../access/principal.ts'
import type { AmlGateway } from '../aml/gateway.ts'
import { buildCommand } from '../commands/command.ts'
import type { CommandDefaults, CommandRequest } from '../commands/command.ts'
import type { CommandGateway } from '../commands/gateway.ts'
import type { KeyHasher, KeyMode } from '../access/api-key.ts'
import type { PartnerDirectory } from '../partners/directory.ts'
import type { PartnerGateway } from '../partners/gateway.ts'
import type { Providers } from '../../games/providers.ts'
import type { ProviderGames } from '../games/provider-games.ts'
import type { GameSessions } from '../games/sessions.ts'
import type { Screener } from '../../screening/lists/screener.ts'
import type { Cipher } from '../../service/encryption.ts'
import type { Caches } from '../reads/cached.ts'
import type { Analytics } from '../reads/analytics.ts'
import type { Database } from '../reads/database.ts'
import type { SettlementGateway } from '../settlements/gateway.ts'
import type { Answer, DocumentedAnswer } from '../route.ts'
import { pendingAnswer } from '../schemas/answers.ts'

export interface RouteParts {
  gateway: CommandGateway
  database: Database
  caches: Caches
  /** Opens a sealed amount; units of 1/10000. */
  openAmount: (sealed: string) => bigint
  defaults: CommandDefaults
  /** How long a read waits for what a command has just written, in milliseconds. */
  readWaitMs: number
  /** How long an id that PostgreSQL does not have yet counts as pending, in milliseconds. */
  pendingWindowMs: number
  partners: PartnerParts
  /** What is worked out over many transactions. */
  analytics: Pick<Analytics, 'query' | 'rows'>
  aml: AmlParts
  screening: ScreeningParts
  settlements: SettlementParts
  games: GameParts
}

/** What the routes of games work with. */
export interface GameParts {
  providers: Providers
  sessions: GameSessions
  lists: ProviderGames
  /** Tells the saga of bets at providers; resolves when Kafka has it. */
  tellSaga: (command: GameCommand) => Promise<void>
}

/** What the routes of settlement work with. */
export interface SettlementParts {
  gateway: SettlementGateway
}

/** What the routes of alert work work with. */
export interface AmlParts {
  gateway: AmlGateway
}

/** What the routes of partner management work with. */
export interface PartnerParts {
  directory: PartnerDirectory
  gateway: PartnerGateway
  /** Seals and opens personal data. */
  cipher: Pick<Cipher, 'encrypt' | 'decrypt' | 'holds'>
  hasher: KeyHasher
  keyMode: KeyMode
  /** Whether webhook endpoints without TLS may be named. */
  allowHttpWebhooks: boolean
}

/** What names are screened with. */
export interface ScreeningParts {
  screener: Pick<Screener, 'screen' | 'state'>
  /** Lowest score that is a match. */
  scoreMin: number
}

/** What a route needs of the request that it serves. */
export interface Caller {
  principal: Principal
  requestId: string
  address: string
  header: (name: string) => string | undefined
}

/** Whether `Prefer` (RFC 7240) asks not to wait for the outcome. */
export function prefersAsync(header: Caller['header']): boolean {
  const preferences = header('prefer')
  if (preferences === undefined) return false
  return preferences
    .split(',')
    .some((part) => part.split(';', 1)[0]?.trim().toLowerCase() === 'respond-async')
}

/** What a route says of its command beside the command itself. */
interface Manner {
  /** When the command was made, epoch milliseconds; now where absent. */
  nowMs?: number
  /** The body of a 200; that of a command of its type where absent. */
  bodyOf?: (reply: WalletReplyData) => object
}

/** Sends one command and answers as its route does. */
export async function execute(
  parts: RouteParts,
  request: Omit<CommandRequest, 'principal' | 'origin'>,
  { principal, requestId, address, header }: Caller,
  { nowMs = Date.now(), bodyOf }: Manner = {},
): Promise<Answer> {
  const command: WalletCommand = buildCommand(
    { ...request, principal, origin: { requestId, address } },
    parts.defaults,
    nowMs,
  )
  const isAsync = prefersAsync(header)
  const [result] = parts.gateway.submit([command], !isAsync)
  if (result === undefined) throw new Error('the gateway answered nothing')
  const answer = answerOf(outcomeOf(command, await result, bodyOf), requestId)
  if (!isAsync || answer.status !== 202) return answer
  return { ...answer, headers: { ...answer.headers, 'Preference-Applied': 'respond-async' } }
}

export const PREFER_HEADER = {
  prefer: {
    description: 'With respond-async the answer is 202 as soon as the command is stored.',
    example: 'respond-async',
  },
} as const

/** The 202 of every route that sends a command. */
export const PENDING: DocumentedAnswer = {
  description:
    'The outcome is not known yet: the caller preferred not to wait, or the answer did not come in time. Sending the ' +
    'same transaction_id_partner again is safe and never moves money twice.',
  schema: pendingAnswer,
  example: {
    transaction_id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
    status: 'PENDING',
    acknowledged: true,
    status_url: '/transactions?transaction_id_partner=partner_tx_id_789&player_id=player-42',
  },
  headers: {
    Location: 'The same as status_url.',
    'Preference-Applied': 'respond-async where the caller asked for it.',
    'Retry-After': 'Seconds after which the outcome may be known.',
  },
}

export const REPLAYED_HEADER = {
  'Idempotent-Replayed': '"true" where the id was known: the original result is repeated and nothing moved.',
} as const
