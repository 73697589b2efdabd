/**
 * The open keys of a partner: those that open something at the latest time that any record of his keys tells. A key never
 * comes back once it is off the list (its end only moves forward, a deactivation is for good, and that time only rises), so
 * the list follows from the newest record of each key alone, in whatever order they come: a restore from a compacted
 * topic makes the same list.
 */
import type { ApiKey } from '../../avro/types.ts'

export interface OpenKeys {
  /** The latest `updated_at` among all keys of the partner, epoch milliseconds. */
  latestMs: number
  /** When each open key ends (epoch milliseconds; null: never), by key id. */
  endsMs: ReadonlyMap<string, number | null>
}

const isOpen = (endMs: number | null, atMs: number): boolean => endMs === null || endMs > atMs

/** The list after a record of a key. */
export function withKey(before: OpenKeys | undefined, key: ApiKey): OpenKeys {
  const latestMs = Math.max(before?.latestMs ?? 0, key.updated_at)
  const endsMs = new Map(before?.endsMs)
  if (key.status === 'active') endsMs.set(key.key_id, key.expires_at)
  else endsMs.delete(key.key_id)
  for (const [id, endMs] of endsMs) if (!isOpen(endMs, latestMs)) endsMs.delete(id)
  return { latestMs, endsMs }
}

/** How many keys are open at a time; a time before the latest that is known counts as that. */
export const countOpen = ({ latestMs, endsMs }: OpenKeys, atMs: number): number =>
  [...endsMs.values()].filter((endMs) => isOpen(endMs, Math.max(atMs, latestMs))).length

const NEVER = '-'

/** Lines: the latest time; then, by id, each key and its end. */
export const encodeOpenKeys = ({ latestMs, endsMs }: OpenKeys): Buffer =>
  Buffer.from(
    [
      latestMs,
      ...[...endsMs]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([id, endMs]) => `${id} ${endMs ?? NEVER}`),
    ].join('\n'),
  )

export function decodeOpenKeys(bytes: Buffer): OpenKeys {
  const [latest, ...lines] = bytes.toString().split('\n')
  const endsMs = new Map<string, number | null>()
  for (const line of lines) {
    const [id = '', end] = line.split(' ')
    endsMs.set(id, end === NEVER ? null : Number(end))
  }
  return { latestMs: Number(latest), endsMs }
}
