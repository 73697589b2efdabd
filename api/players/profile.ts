/** Between a player's profile as callers say and see it, and as it lies in the log: with its personal data sealed. */
import type { PlayerLimit, PlayerSettings } from '../../avro/types.ts'
import type { Cipher } from '../../service/encryption.ts'
import { jsonAmount } from '../json.ts'
import { fieldProblem } from '../problem.ts'
import type { PlayerFields } from '../schemas/players.ts'

/** A profile in clear; times in epoch milliseconds, amounts in units of 1/10000. */
export interface Profile {
  country: string | null
  name: string | null
  dateOfBirth: string | null
  exclusion: { fromMs: number; untilMs: number | null } | null
  limits: readonly PlayerLimit[]
}

type Sealing = Pick<Cipher, 'encrypt' | 'decrypt'>

/** @param nowMs where an exclusion begins that says no beginning. Throws VALIDATION_FAILED where one ends before it begins. */
function exclusionOf(asked: PlayerFields['self_exclusion'], nowMs: number): Profile['exclusion'] {
  if (asked === null || asked === undefined) return null
  const { from: fromMs = nowMs, until: untilMs = null } = asked
  if (untilMs !== null && untilMs <= fromMs)
    throw fieldProblem(
      'VALIDATION_FAILED',
      'self_exclusion.until',
      'must lie after the beginning, which is now where it is absent',
      'INVALID_TIME',
    )
  return { fromMs, untilMs }
}

/** The profile that a body stands for. Throws VALIDATION_FAILED. */
export const profileOf = (fields: PlayerFields, nowMs: number): Profile => ({
  country: fields.country ?? null,
  name: fields.name ?? null,
  dateOfBirth: fields.date_of_birth ?? null,
  exclusion: exclusionOf(fields.self_exclusion, nowMs),
  limits: fields.limits ?? [],
})

export function sealedProfile(profile: Profile, cipher: Sealing): PlayerSettings {
  const sealed = (text: string | null): string | null => (text === null ? null : cipher.encrypt(text))
  const { exclusion } = profile
  return {
    country: profile.country,
    name: sealed(profile.name),
    date_of_birth: sealed(profile.dateOfBirth),
    self_exclusion: exclusion === null ? null : { from: exclusion.fromMs, until: exclusion.untilMs },
    limits: [...profile.limits],
  }
}

/** Opens what `sealedProfile` has sealed. Throws `DecryptionError`. */
export function openedProfile(profile: Profile, cipher: Sealing): Profile {
  const opened = (text: string | null): string | null => (text === null ? null : cipher.decrypt(text))
  return { ...profile, name: opened(profile.name), dateOfBirth: opened(profile.dateOfBirth) }
}

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

/** A player as he is answered: ready for `JSON.stringify`. */
export const playerBodyOf = (
  playerId: string,
  { country, name, dateOfBirth, exclusion, limits }: Profile,
  { version, updatedAtMs }: { version: number; updatedAtMs: number },
): object => ({
  player_id: playerId,
  country,
  name,
  date_of_birth: dateOfBirth,
  self_exclusion:
    exclusion === null
      ? null
      : {
          from: timeOf(exclusion.fromMs),
          until: exclusion.untilMs === null ? null : timeOf(exclusion.untilMs),
        },
  limits: limits.map(({ kind, period, currency, amount }) => ({
    kind,
    period,
    currency,
    amount: jsonAmount(amount),
  })),
  version,
  updated_at: timeOf(updatedAtMs),
})
