/** The audit trail, from PostgreSQL. */
import { z } from 'zod'
import type { Database } from './database.ts'
import type { PagePosition } from './transactions.ts'

const COLUMNS = `id, action, outcome, error_code, actor_key_id, actor_partner_id, host(actor_ip) AS actor_ip, request_id,
  partner_id, subject_type, subject_id, before::text AS before, after::text AS after, version, requested_at,
  player_id, reason`

const text = z.string().nullable()

const auditRow = z.object({
  id: z.string(),
  action: z.string(),
  outcome: z.string(),
  error_code: text,
  actor_key_id: z.string(),
  actor_partner_id: text,
  actor_ip: text,
  request_id: text,
  partner_id: z.string(),
  subject_type: z.string(),
  subject_id: z.string(),
  before: text,
  after: text,
  // BIGINT comes as text.
  version: z.string().transform(Number).nullable(),
  requested_at: z.date(),
  player_id: text,
  reason: text,
})
export type AuditRow = z.output<typeof auditRow>

export interface AuditQuery {
  /** Of one partner; all where absent. */
  partnerId?: string | undefined
  action?: string | undefined
  subjectId?: string | undefined
  playerId?: string | undefined
  /** When it was asked for, inclusive, epoch milliseconds. */
  fromMs?: number | undefined
  /** Exclusive. */
  toMs?: number | undefined
  after?: PagePosition | undefined
  limit: number
}

/** Newest first; at most `limit` rows. */
export function readAudit(database: Database, query: AuditQuery): Promise<AuditRow[]> {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = ['true']
  if (query.partnerId !== undefined) conditions.push(`partner_id = ${bind(query.partnerId)}`)
  if (query.action !== undefined) conditions.push(`action = ${bind(query.action)}`)
  if (query.subjectId !== undefined) conditions.push(`subject_id = ${bind(query.subjectId)}`)
  if (query.playerId !== undefined) conditions.push(`player_id = ${bind(query.playerId)}`)
  if (query.fromMs !== undefined) conditions.push(`requested_at >= ${bind(new Date(query.fromMs))}`)
  if (query.toMs !== undefined) conditions.push(`requested_at < ${bind(new Date(query.toMs))}`)
  if (query.after !== undefined) {
    const requestedAt = bind(new Date(query.after.createdAtMs))
    conditions.push(`(requested_at, id) < (${requestedAt}, ${bind(query.after.id)}::uuid)`)
  }
  const statement = `SELECT ${COLUMNS} FROM audit_log WHERE ${conditions.join(' AND ')}
    ORDER BY requested_at DESC, id DESC LIMIT ${bind(query.limit)}`
  return database.query(auditRow, statement, values)
}
