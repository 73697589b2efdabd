/**
 * The AML rules: read, validate, publish, end. Reads are answered from memory, as partners are: every version is there
 * already for whoever waits for its own change, and no database stands between a change and what is seen of it.
 */
import { z } from 'zod'
import type { AmlRules, NewAmlRules } from '../../avro/types.ts'
import { DEFAULT_RULES, amlRules } from '../../domain/aml/rules.ts'
import { PLATFORM_OWNER, rulesOwner } from '../../domain/aml/rules-versions.ts'
import type { RulesUse } from '../../domain/aml/rules-versions.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { isPlatform } from '../access/principal.ts'
import { actorOf } from '../access/actor.ts'
import type { Principal } from '../access/principal.ts'
import { AML_RULES_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { pageOf } from '../reads/cursor.ts'
import { NO_BODY, NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import {
  endRulesQuery,
  ownerQuery,
  publishRulesBody,
  rulesInForce,
  rulesSummary,
  rulesVerdict,
  rulesVersion,
  validateRulesBody,
  versionPath,
  versionsQuery,
} from '../schemas/aml-rules.ts'
import { validate } from '../validate.ts'
import { EXAMPLE_PARTNER_ID, partnerCommand } from './partners.ts'
import type { PartnerParts } from './parts.ts'

const READ_SCOPES = ['platform:admin', 'aml:read', 'aml:write'] as const
const WRITE_SCOPES = ['platform:admin', 'aml:write'] as const
const CHANGE_ERRORS = ['VERSION_CONFLICT', 'OUTCOME_UNKNOWN', 'SERVICE_UNAVAILABLE'] as const

const SUMMARY_EXAMPLE = {
  owner: EXAMPLE_PARTNER_ID,
  version: 1,
  status: 'LIVE',
  note: 'Q4 review',
  effective_at: '2026-11-22T10:15:31.123Z',
  created_by: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  created_at: '2026-11-22T10:15:30.123Z',
}
const EXAMPLE = { ...SUMMARY_EXAMPLE, rules: DEFAULT_RULES }

/** What is in force where nobody has said any rules. */
const BUILT_IN = {
  owner: PLATFORM_OWNER,
  version: 0,
  status: 'LIVE',
  note: null,
  effective_at: null,
  created_by: null,
  created_at: null,
  rules: DEFAULT_RULES,
}

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

const summaryBody = (version: AmlRules): object => ({
  owner: rulesOwner(version.partner_id),
  version: version.version,
  status: version.status,
  note: version.note,
  effective_at: timeOf(version.effective_at),
  created_by: version.created_by,
  created_at: timeOf(version.created_at),
})

function versionBody(version: AmlRules): object {
  const rules: unknown = version.rules === null ? null : JSON.parse(version.rules)
  return { ...summaryBody(version), rules }
}

/** Whose rules a call is about: the id that stands for the owner. */
const ownerIdOf = ({ partnerId }: Principal, { owner }: z.output<typeof ownerQuery>): string =>
  owner === PLATFORM_OWNER ? PLATFORM_ID : partnerId

/** The same for a change. Throws FORBIDDEN: the platform's rules are the operator's to change. */
function changedOwnerId(principal: Principal, query: z.output<typeof ownerQuery>): string {
  const id = ownerIdOf(principal, query)
  if (id === PLATFORM_ID && !isPlatform(principal)) throw new ApiError('FORBIDDEN')
  return id
}

function answerOf({ directory }: PartnerParts, ownerId: string, version: number | null): Answer {
  const found = directory.amlRules.of(rulesOwner(ownerId)).find((each) => each.version === version)
  if (found === undefined) throw new ApiError('OUTCOME_UNKNOWN')
  return { status: 200, body: JSON.stringify(versionBody(found)) }
}

interface Change {
  ownerId: string
  expectedVersion: number
  amlRules: NewAmlRules
}

async function publish(
  parts: PartnerParts,
  { ownerId, expectedVersion, amlRules: asked }: Change,
  by: { principal: Principal; requestId: string; address: string },
): Promise<Answer> {
  const command = partnerCommand({
    action: 'PUBLISH_AML_RULES',
    partner_id: ownerId,
    actor: actorOf(by.principal, by),
    expected_version: expectedVersion,
    aml_rules: asked,
  })
  const { version } = await parts.gateway.submit(command, Date.now())
  return answerOf(parts, ownerId, version)
}

const inForceRoute = ({ directory }: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/aml/rules',
    operationId: 'amlRules',
    tag: 'AML',
    summary: 'Read the AML rules in force',
    description:
      'What a transaction of this moment is assessed by: the partner’s own rules or else the platform’s, and what runs in ' +
      'shadow beside them.',
    scopes: READ_SCOPES,
    params: NO_PARAMS,
    query: ownerQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'The rules.',
        schema: rulesInForce,
        example: { owner: EXAMPLE_PARTNER_ID, newest_version: 1, live: EXAMPLE, shadow: null },
      },
    },
    errors: [],
    handle: ({ query }, principal) => {
      const owner = rulesOwner(ownerIdOf(principal, query))
      const nowMs = Date.now()
      const find = (use: RulesUse): object | undefined => {
        const version = directory.amlRules.inForce(owner, use, nowMs)
        return version && versionBody(version)
      }
      const newest_version = directory.amlRules.newest(owner)
      const body = { owner, newest_version, live: find('LIVE') ?? BUILT_IN, shadow: find('SHADOW') ?? null }
      return { status: 200, body: JSON.stringify(body) }
    },
  })

const versionsRoute = ({ directory }: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/aml/rules/versions',
    operationId: 'listAmlRules',
    tag: 'AML',
    summary: 'List versions of AML rules',
    description: 'Of one owner, the oldest first, without their documents.',
    scopes: READ_SCOPES,
    params: NO_PARAMS,
    query: versionsQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ data: z.array(rulesSummary), next_cursor: z.string().nullable() }),
        example: { data: [SUMMARY_EXAMPLE], next_cursor: null },
      },
    },
    errors: [],
    handle: ({ query }, principal) => {
      const { limit = PAGE_ROWS_DEFAULT, cursor } = query
      const rows = directory.amlRules
        .of(rulesOwner(ownerIdOf(principal, query)))
        .map((version) => ({ version, createdAtMs: version.created_at, id: version.command_id }))
        .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1))
      const page = pageOf(rows, cursor, limit)
      const data = page.rows.map(({ version }) => summaryBody(version))
      return { status: 200, body: JSON.stringify({ data, next_cursor: page.nextCursor }) }
    },
  })

const versionRoute = ({ directory }: PartnerParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/aml/rules/{version}',
    operationId: 'amlRulesVersion',
    tag: 'AML',
    summary: 'Read a version of AML rules',
    description: 'A version never changes.',
    scopes: READ_SCOPES,
    params: versionPath,
    query: ownerQuery,
    body: NO_BODY,
    answers: { 200: { description: 'The version.', schema: rulesVersion, example: EXAMPLE } },
    errors: ['AML_RULES_NOT_FOUND'],
    handle: ({ params, query }, principal) => {
      const versions = directory.amlRules.of(rulesOwner(ownerIdOf(principal, query)))
      const found = versions.find(({ version }) => version === params.version)
      if (found === undefined) throw new ApiError('AML_RULES_NOT_FOUND')
      return { status: 200, body: JSON.stringify(versionBody(found)) }
    },
  })

const validateRoute = (): Route =>
  keyRoute({
    method: 'POST',
    path: '/aml/rules/validate',
    operationId: 'validateAmlRules',
    tag: 'AML',
    summary: 'Validate AML rules',
    description: 'A dry run: says every fault of a document, and publishes nothing.',
    scopes: READ_SCOPES,
    params: NO_PARAMS,
    query: NO_QUERY,
    body: {
      schema: validateRulesBody,
      bytesMax: AML_RULES_BODY_BYTES_MAX,
      optional: false,
      example: { rules: DEFAULT_RULES },
    },
    answers: {
      200: {
        description: 'Whether it is a set of rules.',
        schema: rulesVerdict,
        example: {
          valid: false,
          errors: [{ path: 'rules.colour', message: 'is not a known field', code: 'UNKNOWN_FIELD' }],
        },
      },
    },
    errors: [],
    handle: ({ body }) => {
      const result = validate(amlRules, body.rules, 'rules')
      const verdict = { valid: result.ok, errors: result.ok ? [] : result.error.details.errors }
      return { status: 200, body: JSON.stringify(verdict) }
    },
  })

const publishRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'PUT',
    path: '/aml/rules',
    operationId: 'publishAmlRules',
    tag: 'AML',
    summary: 'Publish AML rules',
    description:
      'Makes the owner’s next version; it is in force from effective_at on, a second after the call, without a restart. A ' +
      'document with a fault is refused, errors[] names every one, and the version before stays in force. The platform’s ' +
      'rules are the operator’s to change.',
    scopes: WRITE_SCOPES,
    params: NO_PARAMS,
    query: ownerQuery,
    body: {
      schema: publishRulesBody,
      bytesMax: AML_RULES_BODY_BYTES_MAX,
      optional: false,
      example: { rules: DEFAULT_RULES, note: 'Q4 review', expected_version: 0 },
    },
    answers: { 200: { description: 'The new version.', schema: rulesVersion, example: EXAMPLE } },
    errors: ['AML_RULES_INVALID', ...CHANGE_ERRORS],
    handle: ({ query, body, requestId, address }, principal) => {
      const { rules, note, status = 'LIVE', expected_version: expectedVersion } = body
      const ownerId = changedOwnerId(principal, query)
      const asked = { status, rules: JSON.stringify(rules), note }
      return publish(parts, { ownerId, expectedVersion, amlRules: asked }, { principal, requestId, address })
    },
  })

const endRoute = (parts: PartnerParts): Route =>
  keyRoute({
    method: 'DELETE',
    path: '/aml/rules',
    operationId: 'endAmlRules',
    tag: 'AML',
    summary: 'End AML rules',
    description:
      'Ends the owner’s live rules, or those in shadow, with a version that says so. From then on a partner is assessed by ' +
      'the platform’s rules, and the platform by those that come with it.',
    scopes: WRITE_SCOPES,
    params: NO_PARAMS,
    query: endRulesQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'The version that ends them.',
        schema: rulesVersion,
        example: { ...EXAMPLE, version: 2, status: 'LIVE_ENDED', rules: null },
      },
    },
    errors: ['AML_RULES_NOT_FOUND', ...CHANGE_ERRORS],
    handle: ({ query, requestId, address }, principal) => {
      const ownerId = changedOwnerId(principal, query)
      const { status = 'LIVE', note = null } = query
      const { expected_version: expectedVersion = parts.directory.amlRules.newest(rulesOwner(ownerId)) } =
        query
      const asked = { status: `${status}_ENDED`, rules: null, note } as const
      return publish(parts, { ownerId, expectedVersion, amlRules: asked }, { principal, requestId, address })
    },
  })

export const amlRulesRoutes = (parts: PartnerParts): Route[] => [
  inForceRoute(parts),
  versionsRoute(parts),
  versionRoute(parts),
  validateRoute(),
  publishRoute(parts),
  endRoute(parts),
]
