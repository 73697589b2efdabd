/** All versions of the rules that are known, and which of them a transaction is assessed by. */
import type { AmlRules } from '../avro/types.ts'
import { toRuleSet } from '../domain/aml/rule-set.ts'
import type { RuleSet } from '../domain/aml/rule-set.ts'
import { DEFAULT_RULES, parseRules } from '../domain/aml/rules.ts'
import { PLATFORM_OWNER, RulesVersions, rulesOwner } from '../domain/aml/rules-versions.ts'
import type { RulesUse, RulesVersion } from '../domain/aml/rules-versions.ts'

interface Version extends RulesVersion {
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

const DEFAULT: RuleSet = toRuleSet(`${PLATFORM_OWNER}/0`, DEFAULT_RULES)

function readRuleSet(name: string, text: string): RuleSet {
  const parsed = parseRules(JSON.parse(text))
  if (parsed.ok) return toRuleSet(name, parsed.rules)
  const [fault] = parsed.faults
  throw new Error(`rules ${name} can not be read: ${fault?.path}: ${fault?.message}`)
}

export class RuleBook {
  readonly #versions = new RulesVersions<Version>()

  /**
   * Takes in a version. Throws where its document can't be read: who wrote it knows rules that this version of the code
   * doesn't, and assessing by older ones would be silent.
   */
  learn({ partner_id, version, status, rules, effective_at }: AmlRules): void {
    const owner = rulesOwner(partner_id)
    const ruleSet = rules === null ? undefined : readRuleSet(`${owner}/${version}`, rules)
    this.#versions.add(owner, { version, status, effective_at, ruleSet })
  }

  /** The rules for a partner's transaction that the wallet accepted at this time. */
  inForce(partnerId: string, atMs: number): RulesInForce {
    const find = (use: RulesUse): RuleSet | undefined => this.#versions.inForce(partnerId, use, atMs)?.ruleSet
    return { live: find('LIVE') ?? DEFAULT, shadow: find('SHADOW') }
  }
}
