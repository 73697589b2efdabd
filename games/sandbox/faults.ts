/** The sandbox misbehaves on request: by a header of one request, or by rules that are in force until they are taken away. */
import { z } from 'zod'
import type { Chance } from './chance.ts'
import { FAULT_RULES_MAX } from './limits.ts'

/** Of the answer to a request. "After" means that the request was carried out before. */
export const ANSWER_FAULTS = [
  'refuse',
  'hang',
  'hang-after',
  'reset-after',
  'error',
  'error-after',
  'garbage-after',
  'slow',
  'outage',
] as const

/** Of what follows a bet that was taken. */
export const RESULT_FAULTS = [
  'callback-first',
  'callback-twice',
  'callback-late',
  'callback-lost',
  'bad-signature',
  'rollback-first',
  'void-after',
] as const

export const FAULTS = [...ANSWER_FAULTS, ...RESULT_FAULTS] as const
export type Fault = (typeof FAULTS)[number]

export const FAULT_OPERATIONS = ['games', 'launch', 'bet', 'void', 'round'] as const
export type FaultOperation = (typeof FAULT_OPERATIONS)[number]

export const FAULT_HEADER = 'x-sandbox-fault'

const isFault = (text: string): text is Fault => FAULTS.some((fault) => fault === text)
const isResultFault = (fault: Fault): boolean => RESULT_FAULTS.some((each) => each === fault)

/** What makes no sense for an operation is not done: only a bet has results, and only a bet is refused. */
const suits = (fault: Fault, operation: FaultOperation): boolean =>
  operation === 'bet' || !(isResultFault(fault) || fault === 'refuse')

export const faultRule = z.strictObject({
  /** `any`: one of all faults, drawn for each request. */
  fault: z.enum([...FAULTS, 'any']),
  /** Absent: all operations that it suits. */
  operations: z.array(z.enum(FAULT_OPERATIONS)).min(1).optional(),
  /** Of the requests, drawn by the seed. */
  share: z.number().gt(0).max(1).default(1),
  /** Requests after which the rule is over. */
  count: z.number().int().positive().optional(),
  /** Milliseconds after which the rule is over. */
  for_ms: z.number().int().positive().optional(),
})
export const faultRules = z.array(faultRule).max(FAULT_RULES_MAX)

type Rule = z.output<typeof faultRule> & { untilMs: number; left: number }

export class FaultPlan {
  #rules: Rule[] = []
  readonly #chance: Chance
  /** Attempts by operation and reference, so that a repetition is drawn anew. */
  readonly #attempts = new Map<string, number>()
  readonly counts = new Map<Fault, number>()

  constructor(chance: Chance) {
    this.#chance = chance
  }

  set(rules: z.output<typeof faultRules>, nowMs: number): void {
    this.#rules = rules.map((rule) => ({
      ...rule,
      untilMs: rule.for_ms === undefined ? Infinity : nowMs + rule.for_ms,
      left: rule.count ?? Infinity,
    }))
  }

  #attemptOf(operation: FaultOperation, reference: string): string {
    const key = `${operation} ${reference}`
    const attempt = (this.#attempts.get(key) ?? 0) + 1
    this.#attempts.set(key, attempt)
    return String(attempt)
  }

  #drawn({ fault }: Rule, operation: FaultOperation, labels: readonly string[]): Fault {
    if (fault !== 'any') return fault
    const suiting = FAULTS.filter((each) => suits(each, operation))
    return suiting[Math.floor(this.#chance('which', ...labels) * suiting.length)] ?? 'error'
  }

  #ruled(operation: FaultOperation, reference: string, nowMs: number): Fault | undefined {
    if (this.#rules.length === 0) return undefined
    const attempt = this.#attemptOf(operation, reference)
    for (const [at, rule] of this.#rules.entries()) {
      if (nowMs >= rule.untilMs || rule.left <= 0) continue
      if (rule.operations !== undefined && !rule.operations.includes(operation)) continue
      const labels = [String(at), operation, reference, attempt]
      if (this.#chance('whether', ...labels) >= rule.share) continue
      const fault = this.#drawn(rule, operation, labels)
      if (!suits(fault, operation)) continue
      rule.left--
      return fault
    }
    return undefined
  }

  /**
   * The fault of one request, if it gets one.
   *
   * @param reference what the request is about, so that the draw is the same in every run
   */
  next(
    operation: FaultOperation,
    reference: string,
    header: string | undefined,
    nowMs: number,
  ): Fault | undefined {
    const asked = header !== undefined && isFault(header) && suits(header, operation) ? header : undefined
    const fault = asked ?? this.#ruled(operation, reference, nowMs)
    if (fault !== undefined) this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
    return fault
  }
}
