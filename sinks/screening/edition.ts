/**
 * An edition: all that the result of a screening depends on but the player. A new one means that every player is screened
 * again; within one, a version of a profile is screened once.
 */
import { createHash } from 'node:crypto'
import { v5 } from 'uuid'
import type { ListInForce } from '../../screening/lists/messages.ts'
import type { WatchlistSource } from '../../screening/lists/source.ts'

/** Namespace of the UUIDv5 of screenings; it must never change. */
const SCREENINGS = '3a1d6f0c-6a0f-5c57-8a55-5d7d0b9f2e41'
const HASH_CHARS = 16

export interface Edition {
  /** Part of the name of the consumer group: who begins a new edition begins at the first player. */
  hash: string
  lists: readonly ListInForce[]
}

/** The same for the same lists, whatever order the configuration names them in. */
export function editionOf(
  lists: readonly ListInForce[],
  sources: readonly WatchlistSource[],
  scoreMin: number,
): Edition {
  const parts = lists.map(({ list, version }) => {
    const source = sources.find(({ name }) => name === list)
    return [list, source?.form, source?.kind, version]
  })
  const text = JSON.stringify([parts.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)), scoreMin])
  return { hash: createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS), lists }
}

export const isOfEdition = ({ lists }: Edition, screened: readonly ListInForce[]): boolean =>
  lists.length === screened.length && lists.every(({ version }, at) => screened[at]?.version === version)

/** Id of the command that says what was found: screened again, the same profile gives the same one. */
export const screeningIdOf = ({ hash }: Edition, playerKey: string, profileVersion: number): string =>
  v5(`${playerKey}/${profileVersion}/${hash}`, SCREENINGS)
