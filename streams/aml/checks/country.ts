/** Countries of high or elevated risk, wherever one is mentioned. */
import type { RuleSet } from '../../../domain/aml/rule-set.ts'
import type { Subject } from '../subject.ts'
import type { Found } from './found.ts'

export function highRiskCountry(subject: Subject, ruleSet: RuleSet): Found | undefined {
  const { high_risk, elevated } = ruleSet.rules.countries
  const high = subject.countries.filter(({ code }) => ruleSet.highRisk.has(code))
  const raised = subject.countries.filter(({ code }) => ruleSet.elevated.has(code))
  const found = [...high, ...raised]
  if (found.length === 0) return undefined
  return {
    code: 'HIGH_RISK_COUNTRY',
    points: high.length > 0 ? high_risk.points : elevated.points,
    numbers: { high_risk: high.length, elevated: raised.length },
    detail: found.map(({ source, code }) => `${source} ${code}`).join(', '),
    windowMs: 0,
    transactionIds: [],
  }
}
