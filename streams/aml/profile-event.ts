/** A player's profile as it is sent. */
import type { PeriodStatistics, RiskLevel, RiskProfileUpdated } from '../../avro/types.ts'
import { splitPlayerKey } from '../../domain/ids.ts'
import type { AmlRules } from '../../domain/aml/rules.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import type { PlayerHistory } from './assess.ts'
import { WINDOW_30D_MS, WINDOW_7D_MS } from './checks/found.ts'
import { sumWindow } from './windows/windows.ts'

const PERIODS = [
  { days: 7, windowMs: WINDOW_7D_MS },
  { days: 30, windowMs: WINDOW_30D_MS },
] as const

export function riskLevelOf(score: number, { severities }: AmlRules['alerts']): RiskLevel {
  if (score >= severities.high) return 'HIGH'
  return score >= severities.medium ? 'MEDIUM' : 'LOW'
}

/** `BET+/USD` → BET and USD; bonuses are not the player's money and are left out. */
function statisticsOf(history: PlayerHistory): PeriodStatistics[] {
  const { newestAtMs } = history.profile
  return PERIODS.flatMap(({ days, windowMs }) =>
    [...sumWindow(history, newestAtMs - windowMs, newestAtMs).sums]
      .filter(([series, { count }]) => count > 0 && !series.includes('+'))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([series, { count, sum }]) => {
        const [type = '', currency = ''] = series.split('/')
        return {
          period_days: days,
          type,
          currency,
          count,
          sum: sum > AMOUNT_UNITS_MAX ? AMOUNT_UNITS_MAX : sum,
        }
      }),
  )
}

/** The event of a transaction that changed a profile. */
export interface ProfileCause {
  eventId: string
  partnerId: string
  processedAtMs: number
}

/** The event that tells of a profile: it has the id and the time of the event that changed it last. */
export function profileEvent(
  key: string,
  history: PlayerHistory,
  alerts: AmlRules['alerts'],
  { eventId, processedAtMs }: ProfileCause,
): RiskProfileUpdated {
  const { profile } = history
  const ids = splitPlayerKey(key)
  if (ids === undefined) throw new Error(`${key} is no key of a player`)
  return {
    event_id: eventId,
    event_type: 'risk_profile.updated',
    timestamp: processedAtMs,
    data: {
      partner_id: ids.partnerId,
      player_id: ids.playerId,
      overall_risk_score: profile.score,
      risk_level: riskLevelOf(profile.score, alerts),
      assessments: profile.assessments,
      late_assessments: profile.lateAssessments,
      statistics: statisticsOf(history),
      risk_factors: profile.factors.map((factor) => ({
        code: factor.code,
        first_seen_at: factor.firstSeenAtMs,
        last_seen_at: factor.lastSeenAtMs,
        count: factor.count,
        last_points: factor.lastPoints,
        last_numbers: factor.lastNumbers,
      })),
      last_deposit_at: profile.lastDepositAtMs ?? null,
      last_withdrawal_at: profile.lastWithdrawalAtMs ?? null,
      last_played_at: profile.lastPlayedAtMs ?? null,
      last_assessment_at: profile.newestAtMs,
      created_at: profile.firstAtMs,
    },
  }
}
