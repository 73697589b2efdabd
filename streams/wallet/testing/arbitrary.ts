/** Sequences of commands for the property tests: few players, ids and rounds, so that commands meet each other. */
import fc from 'fast-check'
import type { CommandType, PlayerSettings, WalletCommand } from '../../../avro/types.ts'
import { NO_CURRENCY } from '../../../domain/currencies.ts'
import { AMOUNT_UNITS_MAX } from '../../../domain/money.ts'
import { faultOfCommand } from '../validate.ts'
import { START_MS, testCommand, testUuid } from './fixtures.ts'
import type { CommandParts } from './fixtures.ts'
import { isHeld } from './model-history.ts'

const DAY_MS = 86_400_000

const PLAYERS = ['ann', 'bob']
const IDS = ['a', 'b', 'c', 'd', 'e', 'f']
const ROUNDS = ['r1', 'r2']

const id = fc.constantFrom(...IDS)
const maybeId = fc.oneof({ weight: 5, arbitrary: id }, { weight: 1, arbitrary: fc.constant(null) })
const maybeRound = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...ROUNDS) },
  { weight: 1, arbitrary: fc.constant(null) },
)
const amount = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0n, 1n, 10n, 25n, 100n) },
  { weight: 1, arbitrary: fc.constantFrom(AMOUNT_UNITS_MAX, AMOUNT_UNITS_MAX - 50n, 2n ** 53n, 2n ** 63n) },
)
/** Mostly the next millisecond; now and then the clocks of two senders differ, or months go by. */
const pauseMs = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(1, 2) },
  { weight: 2, arbitrary: fc.constantFrom(0, -1, DAY_MS) },
  { weight: 1, arbitrary: fc.constantFrom(60 * DAY_MS, 121 * DAY_MS) },
)
const type = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<CommandType>('BET', 'WIN', 'ROLLBACK') },
  { weight: 8, arbitrary: fc.constantFrom<CommandType>('DEPOSIT', 'WITHDRAWAL') },
  { weight: 2, arbitrary: fc.constantFrom<CommandType>('ADJUSTMENT', 'COMMISSION') },
  {
    weight: 10,
    arbitrary: fc.constantFrom<CommandType>(
      'WITHDRAWAL_APPROVE',
      'WITHDRAWAL_DECLINE',
      'WITHDRAWAL_COMPLETE',
      'WITHDRAWAL_FAIL',
      'WITHDRAWAL_EXPIRE',
    ),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom<CommandType>('BET_CONFIRM', 'BET_REFUSE', 'BET_CANCEL', 'BET_EXPIRE'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<CommandType>('WALLET_FREEZE', 'WALLET_UNFREEZE', 'AML_HOLD', 'AML_RELEASE'),
  },
  { weight: 4, arbitrary: fc.constant<CommandType>('PLAYER_UPDATE') },
)

/** Highest version of a profile that a command expects: most players have a few. */
const EXPECTED_VERSION_MAX = 3

/** What a player may ask, in milliseconds from the command on; now and then for ever. */
const exclusion = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  {
    weight: 8,
    arbitrary: fc.record({ inMs: fc.constantFrom(-3, 0, 0, 2), forMs: fc.constantFrom(4, 6, 8, DAY_MS) }),
  },
  { weight: 1, arbitrary: fc.constant({ inMs: 0, forMs: null }) },
)

const draft = fc.record({
  type,
  exclusion,
  player: fc.oneof(
    { weight: 4, arbitrary: fc.constant('ann') },
    { weight: 1, arbitrary: fc.constantFrom(...PLAYERS) },
  ),
  currency: fc.oneof(
    { weight: 9, arbitrary: fc.constant('USD') },
    { weight: 1, arbitrary: fc.constant('EUR') },
  ),
  amount,
  ownId: maybeId,
  reference: maybeId,
  roundId: maybeRound,
  campaign: fc.constantFrom(null, null, 'spring'),
  winType: fc.constantFrom(null, null, 'STANDARD', 'FREE_ROUND', 'BONUS'),
  direction: fc.constantFrom('CREDIT', 'DEBIT'),
  closed: fc.constantFrom(false, false, false, true),
  auto: fc.boolean(),
  /** Of a bet: whether a provider has to confirm it. */
  provider: fc.constantFrom(null, null, 'ocasino'),
  holdMs: fc.constantFrom(3, DAY_MS, 200 * DAY_MS),
  /** Which earlier command a step or a repeat concerns, counted back from the present one. */
  back: fc.integer({ min: 1, max: 8 }),
  pauseMs,
  /** Sends an earlier command again, under its own id or a new one. */
  repeat: fc.constantFrom('no', 'no', 'no', 'no', 'same id', 'new id'),
})

type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never

/** The command that a draft stands for; fields that its type doesn't carry are left out. */
function partsOf(each: Draft, earlier: readonly WalletCommand[], nowMs: number): CommandParts {
  const base = { type: each.type, player_id: each.player, currency: each.currency, created_at: nowMs - 7 }
  const own = { ...base, transaction_id_partner: each.ownId }
  const game = { game_id: 'game', round_id: each.roundId, campaign_id: each.campaign }
  switch (each.type) {
    case 'BET':
      return { ...own, ...game, ...holdOf(each, nowMs), amount: each.amount }
    case 'WIN':
      return {
        ...own,
        ...game,
        amount: each.amount,
        win_type: each.winType,
        round_closed: each.closed,
        reference_transaction_id_partner: each.auto ? each.reference : null,
      }
    case 'ROLLBACK':
      return { ...own, reference_transaction_id_partner: each.reference }
    case 'DEPOSIT':
      return { ...own, amount: each.amount }
    case 'WITHDRAWAL':
      return {
        ...own,
        amount: each.amount,
        auto_approve: each.auto,
        hold_expires_at: nowMs + each.holdMs,
        user_agent: 'ü',
      }
    case 'ADJUSTMENT':
    case 'COMMISSION':
      return { ...own, amount: each.amount, direction: each.direction }
    case 'PLAYER_UPDATE':
      return {
        ...base,
        currency: NO_CURRENCY,
        player: settingsOf(each, nowMs),
        expected_version: each.auto && each.back <= EXPECTED_VERSION_MAX ? each.back : null,
      }
    default:
      return { ...base, ...stepTarget(each, earlier) }
  }
}

function settingsOf({ exclusion: asked, amount: limit, closed }: Draft, nowMs: number): PlayerSettings {
  const from = nowMs + (asked?.inMs ?? 0)
  return {
    country: closed ? 'MT' : null,
    name: closed ? null : 'k1:näme',
    date_of_birth: 'k1:sealed',
    self_exclusion: asked === null ? null : { from, until: asked.forMs === null ? null : from + asked.forMs },
    limits: [{ kind: 'LOSS', period: 'WEEK', currency: 'EUR', amount: limit }],
  }
}

/**
 * An earlier command sent again, under its own id or a new one. A change of a player's profile goes by its time, too, so
 * under its own id it comes as the copy that it is.
 */
function repeated(again: WalletCommand, sameId: boolean, newId: string, nowMs: number): WalletCommand {
  if (!sameId) return { ...again, timestamp: nowMs, event_id: newId }
  return again.data.type === 'PLAYER_UPDATE' ? again : { ...again, timestamp: nowMs }
}

/** A bet at a provider has a deadline; its ids are all there. */
const holdOf = ({ provider, holdMs }: Draft, nowMs: number): Partial<CommandParts> =>
  provider === null ? {} : { provider_id: provider, hold_expires_at: nowMs + holdMs }

/** A step concerns one of the latest held movements, whoever's, if there is one. */
function stepTarget(each: Draft, earlier: readonly WalletCommand[]): Partial<CommandParts> {
  const kind = each.type.startsWith('WITHDRAWAL_') ? 'WITHDRAWAL' : 'BET'
  if (!each.type.startsWith(`${kind}_`)) return {}
  const asked = earlier
    .filter(({ data }) => (each.back === 1 ? isHeld(data) : isHeld(data) && data.type === kind))
    .at(-Math.ceil(each.back / 3))
  if (asked === undefined) return { transaction_id: testUuid(0xffff) }
  const { player_id, currency } = each.auto ? asked.data : { player_id: each.player, currency: each.currency }
  return { transaction_id: asked.event_id, player_id, currency }
}

function sequenceOf(drafts: readonly Draft[]): WalletCommand[] {
  const commands: WalletCommand[] = []
  let nowMs = START_MS
  for (const each of drafts) {
    nowMs += each.pauseMs
    const newId = testUuid(commands.length + 1)
    const again = each.repeat === 'no' ? undefined : commands.at(-each.back)
    const command =
      again === undefined
        ? testCommand(newId, nowMs, { reply_to: 0, ...partsOf(each, commands, nowMs) })
        : repeated(again, each.repeat === 'same id', newId, nowMs)
    if (faultOfCommand(command) === undefined) commands.push(command)
  }
  return commands
}

/** Valid commands in the order in which they come; each names a reply partition. Most start with some money. */
export const commandSequence = (lengthMax: number): fc.Arbitrary<WalletCommand[]> =>
  fc
    .tuple(fc.boolean(), fc.array(draft, { maxLength: lengthMax, size: 'max' }))
    .map(([startsEmpty, drafts]) =>
      startsEmpty
        ? sequenceOf(drafts)
        : [
            testCommand(testUuid(0xaaaa), START_MS, { type: 'DEPOSIT', amount: 500n, reply_to: 0 }),
            ...sequenceOf(drafts),
          ],
    )
