/** A player's profile: kept as it is said, and asked for one thing only, whether the player wants to be let play. */
import type { Player, PlayerSettings, PlayerUpdated } from '../../avro/types.ts'
import { refuse, replay } from './request.ts'
import type { Decision, Request } from './request.ts'
import type { Exclusion, PlayerState, ProfileState } from './state.ts'

const exclusionOf = ({ self_exclusion: asked }: Pick<Player, 'self_exclusion'>): Exclusion | undefined =>
  asked === null ? undefined : { fromMs: asked.from, untilMs: asked.until }

/** What the rules need of a recorded profile. */
export const profileOf = (player: Player): ProfileState => ({
  version: player.version,
  updatedAtMs: player.updated_at,
  commandId: player.command_id,
  exclusion: exclusionOf(player),
  country: player.country,
})

/** The event of a recorded profile. */
export const profileEvent = (player: Player): PlayerUpdated => ({
  event_id: player.command_id,
  event_type: 'player.updated',
  timestamp: player.updated_at,
  data: player,
})

const hasEnded = ({ untilMs }: Exclusion, nowMs: number): boolean => untilMs !== null && untilMs <= nowMs

/** True while the player has excluded himself: from its first moment, up to its end. */
export function isExcluded({ profile }: PlayerState, nowMs: number): boolean {
  const exclusion = profile?.exclusion
  return exclusion !== undefined && exclusion.fromMs <= nowMs && !hasEnded(exclusion, nowMs)
}

/** The present exclusion, be it in force or ahead, that no change may take anything from. */
function promisedBy(profile: ProfileState | undefined, nowMs: number): Exclusion | undefined {
  const exclusion = profile?.exclusion
  return exclusion === undefined || hasEnded(exclusion, nowMs) ? undefined : exclusion
}

/** True where an exclusion leaves nothing out of what is left of a promised one. */
function keeps(asked: Exclusion, promised: Exclusion, nowMs: number): boolean {
  const endsSooner = asked.untilMs !== null && (promised.untilMs === null || asked.untilMs < promised.untilMs)
  return !endsSooner && asked.fromMs <= Math.max(promised.fromMs, nowMs)
}

/**
 * The order of changes: by their commands' time, then id. A command that comes again after a later one has been applied is
 * before that one, so it changes nothing, whatever it is that sends it again.
 */
const isAfter = ({ nowMs, commandId }: Request, profile: ProfileState): boolean =>
  nowMs > profile.updatedAtMs || (nowMs === profile.updatedAtMs && commandId > profile.commandId)

/** Puts a profile in place of the present one, as a whole. Its exclusion keeps the beginning of the one that it prolongs. */
export function decidePlayer(request: Request): Decision {
  const { view, commandId, data, nowMs } = request
  const { profile } = view.player
  if (data.player === null) throw new Error('a PLAYER_UPDATE without a player is no valid command')
  if (profile?.commandId === commandId) return replayOf(profile)
  const { expected_version: expected } = data
  if (expected !== null && expected !== (profile?.version ?? 0)) return refuse('VERSION_CONFLICT', commandId)
  if (profile !== undefined && !isAfter(request, profile)) return refuse('PLAYER_CHANGED_SINCE', commandId)
  const asked = exclusionOf(data.player)
  const promised = promisedBy(profile, nowMs)
  if (promised !== undefined && (asked === undefined || !keeps(asked, promised, nowMs)))
    return refuse('SELF_EXCLUSION_IN_FORCE', commandId)
  const self_exclusion =
    asked === undefined
      ? null
      : { from: Math.min(asked.fromMs, promised?.fromMs ?? asked.fromMs), until: asked.untilMs }
  return { kind: 'profile', player: recordOf(request, { ...data.player, self_exclusion }) }
}

const replayOf = ({ commandId, updatedAtMs }: ProfileState): Decision =>
  replay({
    transactionId: commandId,
    status: null,
    newBalance: null,
    errorCode: null,
    processedAtMs: updatedAtMs,
  })

const recordOf = ({ view, commandId, data, nowMs }: Request, settings: PlayerSettings): Player => ({
  partner_id: data.partner_id,
  player_id: data.player_id,
  ...settings,
  version: (view.player.profile?.version ?? 0) + 1,
  updated_at: nowMs,
  command_id: commandId,
})
