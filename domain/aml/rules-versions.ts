/** Versions of the AML rules by owner, and which of them is in force: the same answer for whoever assesses and whoever asks. */
import { PLATFORM_ID } from '../ids.ts'

/** Owner of the rules that hold where a partner has none. */
export const PLATFORM_OWNER = 'platform'

export type RulesUse = 'LIVE' | 'SHADOW'

/** What is looked at of a version; it never changes. */
export interface RulesVersion {
  /** Rises by one per version of the same owner, from 1 on. */
  version: number
  status: RulesUse | 'LIVE_ENDED' | 'SHADOW_ENDED'
  /** Epoch milliseconds. */
  effective_at: number
}

/** Whether a version holds rules or ends them, it is of one use. */
export const rulesUseOf = (status: RulesVersion['status']): RulesUse =>
  status === 'LIVE' || status === 'LIVE_ENDED' ? 'LIVE' : 'SHADOW'

export const endsRules = (status: RulesVersion['status']): boolean =>
  status === 'LIVE_ENDED' || status === 'SHADOW_ENDED'

/** The owner's name, where a partner's id stands for it: none, or the nil UUID, is the platform's. */
export const rulesOwner = (partnerId: string | null): string =>
  partnerId === null || partnerId === PLATFORM_ID ? PLATFORM_OWNER : partnerId

export class RulesVersions<V extends RulesVersion> {
  /** By owner; newest last. */
  readonly #versions = new Map<string, readonly V[]>()

  /** Takes in a version; one that is there is replaced by itself. */
  add(owner: string, version: V): void {
    const others = this.of(owner).filter((each) => each.version !== version.version)
    this.#versions.set(
      owner,
      [...others, version].toSorted((a, b) => a.version - b.version),
    )
  }

  /** All versions of an owner, the oldest first. */
  of(owner: string): readonly V[] {
    return this.#versions.get(owner) ?? []
  }

  /** 0 where the owner has none. */
  newest(owner: string): number {
    return this.of(owner).at(-1)?.version ?? 0
  }

  /**
   * The version that holds for a partner at a time (epoch milliseconds): its own, or else the platform's. Undefined where
   * neither has one.
   */
  inForce(owner: string, use: RulesUse, atMs: number): V | undefined {
    return this.#newestOf(owner, use, atMs) ?? this.#newestOf(PLATFORM_OWNER, use, atMs)
  }

  #newestOf(owner: string, use: RulesUse, atMs: number): V | undefined {
    const newest = this.of(owner).findLast(
      ({ status, effective_at: fromMs }) => rulesUseOf(status) === use && fromMs <= atMs,
    )
    return newest === undefined || endsRules(newest.status) ? undefined : newest
  }
}
