/** A player's risk profile, and how an assessment changes it. Stored by the task; sent as `aml.risk-profile.updated`. */
import type { Assessment } from '../../avro/types.ts'

/** Score of a player of whom nothing is known. */
export const INITIAL_SCORE = 30
/** Share of the score before; the rest is the new one's. */
const KEPT_SHARE = 0.7
const NEW_SHARE = 0.3

export interface FactorMemory {
  code: string
  firstSeenAtMs: number
  lastSeenAtMs: number
  count: number
  lastPoints: number
  lastNumbers: Record<string, number>
}

export interface Profile {
  /** Event times of the first and the newest assessed transaction; 0 before the first. */
  firstAtMs: number
  newestAtMs: number
  score: number
  assessments: number
  lateAssessments: number
  factors: FactorMemory[]
  lastDepositAtMs: number | undefined
  lastWithdrawalAtMs: number | undefined
  lastPlayedAtMs: number | undefined
}

export const NEW_PROFILE: Profile = {
  firstAtMs: 0,
  newestAtMs: 0,
  score: INITIAL_SCORE,
  assessments: 0,
  lateAssessments: 0,
  factors: [],
  lastDepositAtMs: undefined,
  lastWithdrawalAtMs: undefined,
  lastPlayedAtMs: undefined,
}

/** The weighted score after one more assessment. */
export const weightedScore = (before: number, score: number): number =>
  KEPT_SHARE * before + NEW_SHARE * score

const later = (known: number | undefined, atMs: number): number =>
  known === undefined ? atMs : Math.max(known, atMs)

function withFactors(
  known: readonly FactorMemory[],
  { factors, created_at: atMs }: Assessment,
): FactorMemory[] {
  const byCode = new Map(known.map((factor) => [factor.code, factor]))
  for (const { code, points, numbers } of factors) {
    const before = byCode.get(code)
    byCode.set(code, {
      code,
      firstSeenAtMs: before === undefined ? atMs : Math.min(before.firstSeenAtMs, atMs),
      lastSeenAtMs: later(before?.lastSeenAtMs, atMs),
      count: (before?.count ?? 0) + 1,
      lastPoints: points,
      lastNumbers: numbers,
    })
  }
  return [...byCode.values()]
}

/** The profile after an assessment. */
export function evolveProfile(profile: Profile, assessment: Assessment): Profile {
  const { created_at: atMs, type, bonus, factors } = assessment
  const plays = type === 'BET' && !bonus
  return {
    firstAtMs: profile.assessments === 0 ? atMs : Math.min(profile.firstAtMs, atMs),
    newestAtMs: Math.max(profile.newestAtMs, atMs),
    score: assessment.overall_risk_score,
    assessments: profile.assessments + 1,
    lateAssessments: profile.lateAssessments + (assessment.late ? 1 : 0),
    factors: factors.length === 0 ? profile.factors : withFactors(profile.factors, assessment),
    lastDepositAtMs: type === 'DEPOSIT' ? later(profile.lastDepositAtMs, atMs) : profile.lastDepositAtMs,
    lastWithdrawalAtMs:
      type === 'WITHDRAWAL' ? later(profile.lastWithdrawalAtMs, atMs) : profile.lastWithdrawalAtMs,
    lastPlayedAtMs: plays ? later(profile.lastPlayedAtMs, atMs) : profile.lastPlayedAtMs,
  }
}
