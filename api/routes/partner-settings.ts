/** A partner's settings, for those who need them and nothing else of the partner. */
import { z } from 'zod'
import { PARTNER_SETTING } from '../../service/version-cache.ts'
import { requirePartner } from '../access/principal.ts'
import { settingsBody } from '../partners/profile.ts'
import { ApiError } from '../problem.ts'
import { readPartnerSettings, storedSettings } from '../reads/partner-settings.ts'
import { readVersion } from '../reads/wait.ts'
import { NO_BODY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { partnerSettingsAnswer } from '../schemas/partners.ts'
import { minVersion } from '../schemas/reads.ts'
import { EXAMPLE_PARTNER_ID, partnerPath } from './partners.ts'
import type { RouteParts } from './parts.ts'

const EXAMPLE = {
  partner_id: EXAMPLE_PARTNER_ID,
  status: 'active',
  allowed_ips: ['203.0.113.0/24'],
  auto_approvals: { USD: 100 },
  rate_limits: { wallet: 6000 },
  version: 1,
  updated_at: '2026-11-22T10:15:30.123Z',
}

export const partnerSettingsRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/partners/{partner_id}/settings',
    operationId: 'partnerSettings',
    tag: 'Partners',
    summary: "Read a partner's settings",
    description:
      'What the partner may do: its limits and networks, without its rates and personal data, so that a key of its backend ' +
      '(wallet:read) may read them. From the read side, which follows the log by milliseconds.',
    scopes: ['platform:admin', 'partner:admin', 'partner:read', 'wallet:read'],
    params: partnerPath,
    query: z.strictObject({ min_version: minVersion('POST or PATCH').optional() }),
    body: NO_BODY,
    answers: { 200: { description: 'The settings.', schema: partnerSettingsAnswer, example: EXAMPLE } },
    errors: ['PARTNER_NOT_FOUND', 'VERSION_NOT_REACHED', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params: { partner_id: id }, query: { min_version: least } }, principal) => {
      requirePartner(principal, id)
      const stored = await parts.caches.read({
        cache: PARTNER_SETTING,
        ids: [id],
        schema: storedSettings,
        minVersion: least ?? 0,
        source: () => readVersion(() => readPartnerSettings(parts.database, id), least, parts),
      })
      if (stored === undefined)
        throw new ApiError(least === undefined ? 'PARTNER_NOT_FOUND' : 'VERSION_NOT_REACHED')
      const body = {
        partner_id: id,
        status: stored.status,
        ...settingsBody(stored.settings),
        version: stored.version,
        updated_at: new Date(stored.updatedAtMs).toISOString(),
      }
      return { status: 200, body: JSON.stringify(body) }
    },
  })
