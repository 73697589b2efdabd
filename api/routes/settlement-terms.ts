/** How a partner is settled: read by it, said by the platform. */
import { jsonAmount } from '../json.ts'
import { requirePartner } from '../access/principal.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { readSettlementTerms } from '../reads/settlements.ts'
import type { SettlementTermsDocument } from '../reads/settlements.ts'
import { readVersion } from '../reads/wait.ts'
import { NO_BODY, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { putTermsBody, settlementTermsAnswer, termsStepAnswer } from '../schemas/settlements.ts'
import { EXAMPLE_PARTNER_ID, partnerPath } from './partners.ts'
import type { RouteParts } from './parts.ts'

const TAG = 'Settlements'

const TERMS_EXAMPLE = {
  time_zone: 'Europe/Berlin',
  schedule: 'MONTHLY',
  schedule_from: '2026-10-01',
  currencies: ['EUR'],
  fees: [{ code: 'GAMING_TAX', label: 'Gaming tax', basis: 'GGR', rate: 0.05 }],
}

const termsBody = ({ fees, ...terms }: SettlementTermsDocument): object => ({
  ...terms,
  fees: fees.map((fee) => ({ ...fee, rate: jsonAmount(fee.rate) })),
})

const readRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/partners/{partner_id}/settlement-terms',
    operationId: 'settlementTerms',
    tag: TAG,
    summary: 'Read how a partner is settled',
    scopes: ['platform:admin', 'settlements:read', 'settlements:write'],
    params: partnerPath,
    query: NO_QUERY,
    body: NO_BODY,
    answers: {
      200: {
        description: 'The terms.',
        schema: settlementTermsAnswer,
        example: {
          partner_id: EXAMPLE_PARTNER_ID,
          ...TERMS_EXAMPLE,
          version: 1,
          updated_at: '2026-11-22T10:15:30.123Z',
        },
      },
    },
    errors: ['SETTLEMENT_TERMS_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params: { partner_id: id } }, principal) => {
      requirePartner(principal, id)
      const terms = await readVersion(() => readSettlementTerms(parts.database, id), undefined, parts)
      if (terms === undefined) throw new ApiError('SETTLEMENT_TERMS_NOT_FOUND')
      return { status: 200, body: JSON.stringify(termsBody(terms)) }
    },
  })

const putRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'PUT',
    path: '/partners/{partner_id}/settlement-terms',
    operationId: 'putSettlementTerms',
    tag: TAG,
    summary: 'Say how a partner is settled',
    description:
      'For runs that are asked for from now on: those that are there keep the terms that they were asked for under.',
    scopes: ['platform:admin'],
    params: partnerPath,
    query: NO_QUERY,
    body: {
      schema: putTermsBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: TERMS_EXAMPLE,
    },
    answers: {
      200: {
        description: 'The version of the terms.',
        schema: termsStepAnswer,
        example: { partner_id: EXAMPLE_PARTNER_ID, version: 1 },
      },
    },
    errors: ['PARTNER_NOT_FOUND', 'VERSION_CONFLICT', 'SERVICE_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    handle: async ({ params: { partner_id: id }, body, ...request }, principal) => {
      const isConfigured = id === principal.partnerId
      if (!isConfigured && parts.partners.directory.partner(id) === undefined)
        throw new ApiError('PARTNER_NOT_FOUND')
      const { expected_version: version = null, ...terms } = body
      const reply = await parts.settlements.gateway.submit(
        { action: 'PUT_TERMS', partner_id: id, expected_version: version, terms },
        principal,
        request,
      )
      return { status: 200, body: JSON.stringify({ partner_id: id, version: reply.version }) }
    },
  })

export const settlementTermsRoutes = (parts: RouteParts): Route[] => [readRoute(parts), putRoute(parts)]
