import { beforeEach, describe, expect, it } from 'vitest'
import type { AlertType } from '../../domain/aml/rules.ts'
import { DEFAULT_RULES } from '../../domain/aml/rules.ts'
import { assess } from '../../streams/aml/assess.ts'
import { PlayersMemory } from '../../streams/aml/memory.ts'
import { toRuleSet } from '../../domain/aml/rule-set.ts'
import { MapStore } from '../../streams/wallet/testing/fixtures.ts'
import { START_MS, testTransaction } from '../../streams/aml/testing/fixtures.ts'
import { playerKey } from '../../domain/ids.ts'
import { Comparison } from './comparison.ts'
import type { Verdict } from './comparison.ts'

const HOUR_MS = 3_600_000
const RULE_SET = toRuleSet('test/1', DEFAULT_RULES)

/** What rules would say that find these types. */
function verdict(types: readonly AlertType[], joinHours = 24): Verdict {
  const transaction = testTransaction()
  const player = new PlayersMemory().player(playerKey('p', 'q'), new MapStore())
  const alerts = types.map((type) => ({ type, severity: 'MEDIUM' as const }))
  return { assessed: { ...assess(transaction, player, RULE_SET), alerts }, joinHours }
}

let comparison: Comparison
beforeEach(() => {
  comparison = new Comparison(
    new Map([
      ['ann', 'structuring'],
      ['bob', 'normal'],
      ['eve', 'structuring'],
    ]),
    2,
  )
})

/** A transaction of a player, as many hours after the start. */
function add(player_id: string, hours: number, inForce: AlertType[], candidate: AlertType[]): string {
  const transaction = testTransaction({ player_id, created_at: START_MS + hours * HOUR_MS })
  comparison.add(transaction, verdict(inForce), verdict(candidate, 1))
  return transaction.transaction_id
}

describe('a comparison', () => {
  it('joins what each set of rules would join, and counts players', () => {
    for (const hours of [0, 1, 12, 40]) add('ann', hours, ['PATTERN'], ['PATTERN'])
    add('bob', 40, ['PATTERN'], ['PATTERN'])
    expect(comparison.types()).toMatchObject([
      {
        alert_type: 'PATTERN',
        in_force: { transactions: 5, alerts: 3, players: 2 },
        candidate: { transactions: 5, alerts: 4, players: 2 },
        added: { count: 0 },
        dropped: { count: 0 },
      },
    ])
  })

  it('names the first transactions that were added and dropped, and counts all of them', () => {
    const ids = [0, 1, 2].map((hours) => add('ann', hours, ['THRESHOLD'], ['PATTERN']))
    expect(comparison.types()).toMatchObject([
      { alert_type: 'THRESHOLD', dropped: { count: 3, transaction_ids: ids.slice(0, 2) } },
      { alert_type: 'PATTERN', added: { count: 3, transaction_ids: ids.slice(0, 2) } },
    ])
  })

  it('measures precision and recall on the labelled players that were met', () => {
    add('ann', 0, [], ['PATTERN'])
    add('bob', 0, [], ['PATTERN'])
    add('stranger', 0, [], ['PATTERN'])
    expect(comparison.detection()).toMatchObject({
      players: 2,
      in_force: { precision: null, recall: 0, found_by_label: { normal: 0, structuring: 0 } },
      candidate: { precision: 0.5, recall: 1, found_by_label: { normal: 1, structuring: 1 } },
    })
  })

  it('measures nothing where no labelled player was met', () => {
    add('stranger', 0, [], ['PATTERN'])
    expect(comparison.detection()).toBeUndefined()
  })
})
