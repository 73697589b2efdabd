/** All versions of the rules that are known, and which of them a transaction is assessed by. */
import type { AmlRules } from '../avro/types.ts'
import { DEFAULT_RULES, parseRules } from '../domain/aml/rules.ts'
import { toRuleSet } from '../domain/aml/rule-set.ts'
import type { RuleSet } from '../domain/aml/rule-set.ts'

/** Owner of the rules that hold where a partner has none. */
const PLATFORM = 'platform'

interface Version {
  number: number
  effectiveAtMs: number
  use: 'live' | 'shadow'
  /** Undefined where the owner has none from then on. */
  ruleSet: RuleSet | undefined
}

/** What a transaction is assessed by. */
export interface RulesInForce {
  live: RuleSet
  /** Computed beside the live ones and only counted. */
  shadow: RuleSet | undefined
}

/** The rules as far as they are known. */
export interface Rules {
  inForce(partnerId: string, atMs: number): RulesInForce
  /** Resolves when all rules are known that are in force at this time (epoch milliseconds). */
  knownUpTo(atMs: number): Promise<void>
}

const DEFAULT: RuleSet = toRuleSet(`${PLATFORM}/0`, DEFAULT_RULES)

function readRuleSet(name: string, text: string): RuleSet {
  const parsed = parseRules(JSON.parse(text))
  if (parsed.ok) return toRuleSet(name, parsed.rules)
  const [fault] = parsed.faults
  throw new Error(`rules ${name} can not be read: ${fault?.path}: ${fault?.message}`)
}

export class RuleBook {
  /** By owner; newest last. */
  readonly #versions = new Map<string, Version[]>()

  /**
   * Takes in a version. Throws where its document can't be read: who wrote it knows rules that this version of the code
   * doesn't, and assessing by older ones would be silent.
   */
  learn({ partner_id, version, status, rules, effective_at }: AmlRules): void {
    const owner = partner_id ?? PLATFORM
    const others = (this.#versions.get(owner) ?? []).filter(({ number }) => number !== version)
    const learned: Version = {
      number: version,
      effectiveAtMs: effective_at,
      use: status === 'LIVE' || status === 'LIVE_ENDED' ? 'live' : 'shadow',
      ruleSet: rules === null ? undefined : readRuleSet(`${owner}/${version}`, rules),
    }
    this.#versions.set(
      owner,
      [...others, learned].toSorted((a, b) => a.number - b.number),
    )
  }

  /** The rules for a partner's transaction that the wallet accepted at this time. */
  inForce(partnerId: string, atMs: number): RulesInForce {
    const find = (use: Version['use']): RuleSet | undefined =>
      this.#newest(partnerId, use, atMs) ?? this.#newest(PLATFORM, use, atMs)
    return { live: find('live') ?? DEFAULT, shadow: find('shadow') }
  }

  #newest(owner: string, use: Version['use'], atMs: number): RuleSet | undefined {
    const versions = this.#versions.get(owner)
    return versions?.findLast((version) => version.use === use && version.effectiveAtMs <= atMs)?.ruleSet
  }
}
