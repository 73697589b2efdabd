/** GET /audit: who changed what, and when. */
import { z } from 'zod'
import { keyIdOf } from '../../service/encryption.ts'
import { isPlatform, requirePartner } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { PAGE_ROWS_DEFAULT } from '../limits.ts'
import { readAudit } from '../reads/audit.ts'
import type { AuditRow } from '../reads/audit.ts'
import { encodeCursor } from '../reads/cursor.ts'
import { NO_BODY, NO_PARAMS, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { playerId, timestamp, uuid } from '../schemas/fields.ts'
import { auditAnswer } from '../schemas/partners.ts'
import { pageQuery } from '../schemas/reads.ts'
import { EXAMPLE_PARTNER_ID } from './partners.ts'
import type { RouteParts } from './parts.ts'

const auditQuery = z.strictObject({
  partner_id: uuid
    .meta({
      description: 'Of one partner. A partner sees its own entries alone.',
      example: EXAMPLE_PARTNER_ID,
    })
    .optional(),
  action: z
    .string()
    .regex(/^[A-Z_]{1,50}$/, 'must be an action such as ROTATE_KEY')
    .meta({ example: 'ROTATE_KEY' })
    .optional(),
  subject_id: uuid.meta({ description: 'What was changed.' }).optional(),
  player_id: playerId.meta({ description: 'What concerns this player.' }).optional(),
  from: timestamp.meta({ description: 'Earliest requested_at.', example: '2026-11-01T00:00:00Z' }).optional(),
  to: timestamp
    .meta({ description: 'requested_at before this.', example: '2026-12-01T00:00:00Z' })
    .optional(),
  ...pageQuery,
})

/** Fields that lie sealed in the log, by what they are of. */
const SEALED_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['partner', ['contact_email', 'registration_number', 'address']],
  ['player', ['name', 'date_of_birth']],
])

const subject = z.record(z.string(), z.json())

/** What stands for a value whose key was taken out of the ring: an entry of the trail is never sealed anew. */
function openedValue(sealed: string, { cipher }: RouteParts['partners']): string {
  const keyId = keyIdOf(sealed)
  return keyId !== undefined && !cipher.holds(keyId) ? `[sealed with ${keyId}]` : cipher.decrypt(sealed)
}

/** A subject as it was, with its personal data opened. */
function opened(text: string | null, subjectType: string, { partners }: RouteParts): object | null {
  if (text === null) return null
  const sealed = SEALED_FIELDS.get(subjectType) ?? []
  const fields = Object.entries(subject.parse(JSON.parse(text)))
  return Object.fromEntries(
    fields.map(([name, value]) => [
      name,
      sealed.includes(name) && typeof value === 'string' ? openedValue(value, partners) : value,
    ]),
  )
}

const entryBody = (row: AuditRow, parts: RouteParts): object => ({
  ...row,
  before: opened(row.before, row.subject_type, parts),
  after: opened(row.after, row.subject_type, parts),
  requested_at: row.requested_at.toISOString(),
})

/** The partner whose entries are read: the platform's operator may leave it open. */
function partnerOf(principal: Principal, asked: string | undefined): string | undefined {
  if (asked !== undefined) requirePartner(principal, asked)
  return asked ?? (isPlatform(principal) ? undefined : principal.partnerId)
}

async function list(
  parts: RouteParts,
  query: z.output<typeof auditQuery>,
  principal: Principal,
): Promise<Answer> {
  const { limit = PAGE_ROWS_DEFAULT } = query
  const rows = await readAudit(parts.database, {
    partnerId: partnerOf(principal, query.partner_id),
    action: query.action,
    subjectId: query.subject_id,
    playerId: query.player_id,
    fromMs: query.from,
    toMs: query.to,
    after: query.cursor,
    limit: limit + 1,
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  const next_cursor =
    last === undefined ? null : encodeCursor({ createdAtMs: last.requested_at.getTime(), id: last.id })
  const data = page.map((row) => entryBody(row, parts))
  return { status: 200, body: JSON.stringify({ data, next_cursor }) }
}

const EXAMPLE = {
  id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  action: 'UPDATE_PARTNER',
  outcome: 'APPLIED',
  error_code: null,
  actor_key_id: 'configured-admin',
  actor_partner_id: null,
  actor_ip: '203.0.113.7',
  request_id: 'b1f0c2de',
  partner_id: EXAMPLE_PARTNER_ID,
  subject_type: 'partner',
  subject_id: EXAMPLE_PARTNER_ID,
  before: { status: 'active' },
  after: { status: 'suspended' },
  version: 2,
  requested_at: '2026-11-22T10:15:30.123Z',
  player_id: null,
  reason: null,
}

export const auditRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/audit',
    operationId: 'audit',
    tag: 'Partners',
    summary: 'Read the audit trail',
    description:
      'Every administrative change that was asked for, refused ones included, the newest first: who, when, before, after. ' +
      'From the read side, which follows by milliseconds.',
    scopes: ['platform:admin', 'partner:admin'],
    params: NO_PARAMS,
    query: auditQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(auditAnswer), next_cursor: z.string().nullable() }),
        example: { data: [EXAMPLE], next_cursor: null },
      },
    },
    errors: ['SERVICE_UNAVAILABLE'],
    handle: ({ query }, principal) => list(parts, query, principal),
  })
