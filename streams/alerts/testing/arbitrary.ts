/** Drafts of commands for the property tests: few players, types and times, so that commands meet each other. */
import fc from 'fast-check'
import type { Alert, AmlCommand, Finding } from '../../../avro/types.ts'
import {
  HOUR_MS,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  PEP,
  START_MS,
  assign,
  clear,
  close,
  create,
  endSnooze,
  factor,
  investigate,
  match,
  note,
  officer,
  raise,
  report,
  screen,
  snooze,
  testCommand,
  testUuid,
} from './fixtures.ts'
import type { CommandParts } from './fixtures.ts'

const ENTRIES = 4
/** The window within which findings join, in milliseconds: small beside the times between them. */
export const WINDOW_MS = 3 * HOUR_MS

export const draft = fc.record({
  action: fc.oneof(
    { weight: 4, arbitrary: fc.constant('raise' as const) },
    { weight: 2, arbitrary: fc.constantFrom('screen', 'clear') },
    { weight: 2, arbitrary: fc.constantFrom('snooze', 'wake') },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'investigate',
        'investigate',
        'report',
        'report',
        'report',
        'close',
        'assign',
        'note',
      ),
    },
    { weight: 1, arbitrary: fc.constant('create' as const) },
  ),
  player: fc.constantFrom('ann', 'ann', 'bob'),
  type: fc.constantFrom('THRESHOLD', 'PATTERN', 'WATCHLIST'),
  severity: fc.constantFrom('MEDIUM', 'HIGH', 'CRITICAL'),
  score: fc.nat(100),
  blocks: fc.boolean(),
  fourEyes: fc.boolean(),
  /** Hours that a finding occurred before or after its command; a half keeps distances apart. */
  occurredHours: fc.constantFrom(0, 0, -1, -2.5, -7, 1),
  transaction: fc.constantFrom(null, 1, 2, 3),
  /** Which of the player's alerts a step is about, the newest first. */
  alert: fc.constantFrom(0, 0, 0, 1, 2),
  officer: fc.constantFrom('ann', 'ann', 'ann', 'bob', null),
  /** The partner of the officer: the platform's, the player's, another one. */
  of: fc.constantFrom(null, null, null, null, PARTNER_ID, OTHER_PARTNER_ID),
  /** By how much the version that the officer has seen is off; null: not said. */
  versionOff: fc.constantFrom(null, null, null, 0, 1),
  entries: fc.uniqueArray(fc.nat(ENTRIES), { maxLength: 3 }),
  profileVersion: fc.constantFrom(1, 1, 1, 2, 2, 3),
  listVersion: fc.constantFrom('v1', 'v2'),
  snoozeHours: fc.constantFrom(1, 4, 24),
  /** Mostly some minutes; now and then the clocks of two senders differ, or half a day goes by. */
  pauseMs: fc.constantFrom(60_000, 600_000, 0, -1_000, HOUR_MS, 12 * HOUR_MS),
  /** How many commands back one is sent again; null: a new one. */
  again: fc.constantFrom(null, null, null, null, null, 1, 4),
})

export type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never

const isSanction = (entry: number): boolean => entry % 2 === 0

/** What a command is about, as things are. */
function partsOf(each: Draft, alerts: readonly Alert[], nowMs: number): CommandParts {
  const who = officer(each.officer, each.of)
  const ofPlayer = alerts.filter(({ player_id: player }) => player === each.player).toReversed()
  const target = ofPlayer[each.alert % Math.max(1, ofPlayer.length)]
  const id = target?.alert_id ?? testUuid(0xdead)
  const step = {
    actor: who,
    expected_version: each.versionOff === null ? null : (target?.version ?? 1) + each.versionOff,
  }
  const finding: Partial<Finding> = {
    alert_severity: each.severity,
    risk_score: each.score,
    occurred_at: nowMs + each.occurredHours * HOUR_MS,
    transaction_id: each.transaction === null ? null : testUuid(0x100 + each.transaction),
    factors: [factor(`CODE_${each.score % 3}`, { score: each.score })],
    join_window_ms: WINDOW_MS,
    blocks_withdrawals: each.blocks,
    four_eyes: each.fourEyes,
  }
  const quiet = each.type === 'WATCHLIST' ? 'PATTERN' : each.type
  switch (each.action) {
    case 'raise':
      return raise({ ...finding, alert_type: each.type })
    case 'create':
      return create({ ...finding, alert_type: 'MANUAL' }, who)
    case 'screen':
      return screen(
        each.entries.map((entry) =>
          match(String(entry), {
            score: 90 + entry,
            list_version: each.listVersion,
            ...(isSanction(entry) ? {} : PEP),
          }),
        ),
        {
          profile_version: each.profileVersion,
          lists: [{ list: 'ofac', version: each.listVersion }],
          join_window_ms: WINDOW_MS,
          blocks_withdrawals: each.blocks,
          four_eyes: each.fourEyes,
        },
      )
    case 'clear': {
      const entry = each.entries[0] ?? 0
      return { ...clear(String(entry), isSanction(entry) ? 'ofac' : PEP.list), actor: who }
    }
    case 'snooze':
      return { ...snooze(quiet, nowMs + each.snoozeHours * HOUR_MS), actor: who }
    case 'wake':
      return { ...endSnooze(quiet), actor: who }
    case 'investigate':
      return { ...investigate(id), ...step }
    case 'report':
      return { ...report(id), ...step }
    case 'close':
      return { ...close(id), ...step }
    case 'assign':
      return { ...assign(id, each.officer), ...step }
    case 'note':
      return { ...note(id), ...step }
  }
}

/** The next command that a draft stands for, as things are. */
export function commandOf(each: Draft, alerts: readonly Alert[], earlier: readonly AmlCommand[]): AmlCommand {
  const repeated = each.again === null ? undefined : earlier.at(-each.again)
  if (repeated !== undefined) return repeated
  const nowMs = (earlier.at(-1)?.timestamp ?? START_MS) + each.pauseMs
  const parts = { ...partsOf(each, alerts, nowMs), player_id: each.player }
  return testCommand(testUuid(earlier.length + 1), nowMs, parts)
}
