/** The model's part on players' profiles: the list of accepted changes, and every question worked out anew from it. */
import type { WalletCommand } from '../../../avro/types.ts'

interface Change {
  id: string
  atMs: number
  from: number
  /** Infinity for one without end, and before `from` where there is none. */
  until: number
}

const NEVER = -1

const changeOf = ({ event_id: id, timestamp: atMs, data }: WalletCommand): Change => {
  const asked = data.player?.self_exclusion ?? null
  return { id, atMs, from: asked?.from ?? 0, until: asked === null ? NEVER : (asked.until ?? Infinity) }
}

type Outcome =
  'APPLIED' | 'REPLAYED' | 'VERSION_CONFLICT' | 'PLAYER_CHANGED_SINCE' | 'SELF_EXCLUSION_IN_FORCE'

export class ModelProfile {
  readonly #changes: Change[] = []

  get version(): number {
    return this.#changes.length
  }

  /** When the exclusion begins that the last change has left; undefined where it left none. */
  get from(): number | undefined {
    const last = this.#changes.at(-1)
    if (last === undefined || last.until === NEVER) return undefined
    let earliest = last.from
    let later = last
    for (const change of this.#changes.slice(0, -1).toReversed()) {
      if (change.until <= later.atMs) break
      earliest = Math.min(earliest, change.from)
      later = change
    }
    return earliest
  }

  isExcluded(nowMs: number): boolean {
    return (this.from ?? Infinity) <= nowMs && nowMs < (this.#changes.at(-1)?.until ?? NEVER)
  }

  /** Takes a change, or answers what becomes of it instead. */
  take(command: WalletCommand): Outcome {
    const change = changeOf(command)
    const last = this.#changes.at(-1)
    if (last?.id === change.id) return 'REPLAYED'
    const { expected_version: expected } = command.data
    if (expected !== null && expected !== this.version) return 'VERSION_CONFLICT'
    if (last !== undefined) {
      if (last.atMs > change.atMs) return 'PLAYER_CHANGED_SINCE'
      if (last.atMs === change.atMs && last.id > change.id) return 'PLAYER_CHANGED_SINCE'
      const isPromised = last.until > change.atMs
      const beginsLater = change.from > change.atMs && change.from > (this.from ?? 0)
      if (isPromised && (change.until < last.until || beginsLater)) return 'SELF_EXCLUSION_IN_FORCE'
    }
    this.#changes.push(change)
    return 'APPLIED'
  }
}
