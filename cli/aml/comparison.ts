/** What two sets of rules said of the same transactions, counted. */
import type { Transaction } from '../../avro/types.ts'
import { ALERT_TYPES } from '../../domain/aml/rules.ts'
import type { AlertType } from '../../domain/aml/rules.ts'
import type { Assessed } from '../../streams/aml/assess.ts'
import { NORMAL } from './labels.ts'
import type { Labels } from './labels.ts'

const HOUR_MS = 3_600_000

/** What one set of rules found of one type. */
export interface Found {
  transactions: number
  /** Alerts, where none is closed meanwhile: what comes within the rules' `join_hours` of the last joins it. */
  alerts: number
  players: number
}

/** Transactions that one set of rules found and the other didn't. */
export interface Difference {
  count: number
  /** The first of them. */
  transaction_ids: string[]
}

export interface TypeComparison {
  alert_type: AlertType
  in_force: Found
  candidate: Found
  added: Difference
  dropped: Difference
}

/** How well the labelled players were told apart: by player, whatever the type of the alert. */
export interface Detection {
  true_positives: number
  false_positives: number
  false_negatives: number
  /** Null where nobody was found. */
  precision: number | null
  /** Null where nobody was to be found. */
  recall: number | null
  /** Share that was found, by label. */
  found_by_label: Record<string, number>
}

class Side {
  readonly #found = new Map<
    AlertType,
    { transactions: number; alerts: number; lastMs: Map<string, number> }
  >()
  readonly alarmed = new Set<string>()

  add(player: string, { player_id, created_at: atMs }: Transaction, type: AlertType, joinMs: number): void {
    const found = this.#found.get(type) ?? { transactions: 0, alerts: 0, lastMs: new Map<string, number>() }
    this.#found.set(type, found)
    const lastMs = found.lastMs.get(player)
    found.transactions++
    if (lastMs === undefined || Math.abs(atMs - lastMs) > joinMs) found.alerts++
    found.lastMs.set(player, Math.max(atMs, lastMs ?? atMs))
    this.alarmed.add(player_id)
  }

  of(type: AlertType): Found {
    const { transactions = 0, alerts = 0, lastMs } = this.#found.get(type) ?? {}
    return { transactions, alerts, players: lastMs?.size ?? 0 }
  }
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

function detectionOf(alarmed: ReadonlySet<string>, seen: ReadonlyMap<string, string>): Detection {
  const labelled = [...seen]
  const hits = labelled.filter(([player]) => alarmed.has(player))
  const wanted = labelled.filter(([, label]) => label !== NORMAL)
  const truePositives = hits.filter(([, label]) => label !== NORMAL).length
  const found = [...new Set(seen.values())].toSorted().map((name): [string, number] => {
    const all = labelled.filter(([, label]) => label === name).length
    return [name, hits.filter(([, label]) => label === name).length / all]
  })
  return {
    true_positives: truePositives,
    false_positives: hits.length - truePositives,
    false_negatives: wanted.length - truePositives,
    precision: share(truePositives, hits.length),
    recall: share(truePositives, wanted.length),
    found_by_label: Object.fromEntries(found),
  }
}

/** One set of rules' word on a transaction. */
export interface Verdict {
  assessed: Assessed
  /** From the rules' `join_hours`. */
  joinHours: number
}

export class Comparison {
  readonly #inForce = new Side()
  readonly #candidate = new Side()
  readonly #added = new Map<AlertType, Difference>()
  readonly #dropped = new Map<AlertType, Difference>()
  /** Labels of the players that were met. */
  readonly #seen = new Map<string, string>()
  readonly #labels: Labels
  readonly #idsMax: number
  transactions = 0

  /** `idsMax`: how many transactions are named per type, added and dropped each. */
  constructor(labels: Labels, idsMax: number) {
    this.#labels = labels
    this.#idsMax = idsMax
  }

  add(transaction: Transaction, inForce: Verdict, candidate: Verdict): void {
    this.transactions++
    const player = `${transaction.partner_id}/${transaction.player_id}`
    const label = this.#labels.get(transaction.player_id)
    if (label !== undefined) this.#seen.set(transaction.player_id, label)
    const before = new Set(inForce.assessed.alerts.map(({ type }) => type))
    const after = new Set(candidate.assessed.alerts.map(({ type }) => type))
    for (const type of before) this.#inForce.add(player, transaction, type, inForce.joinHours * HOUR_MS)
    for (const type of after) this.#candidate.add(player, transaction, type, candidate.joinHours * HOUR_MS)
    for (const type of after.difference(before)) this.#note(this.#added, type, transaction)
    for (const type of before.difference(after)) this.#note(this.#dropped, type, transaction)
  }

  #note(differences: Map<AlertType, Difference>, type: AlertType, { transaction_id: id }: Transaction): void {
    const difference = differences.get(type) ?? { count: 0, transaction_ids: [] }
    differences.set(type, difference)
    difference.count++
    if (difference.transaction_ids.length < this.#idsMax) difference.transaction_ids.push(id)
  }

  /** Types of which either found something. */
  types(): TypeComparison[] {
    const none: Difference = { count: 0, transaction_ids: [] }
    return ALERT_TYPES.map((type) => ({
      alert_type: type,
      in_force: this.#inForce.of(type),
      candidate: this.#candidate.of(type),
      added: this.#added.get(type) ?? none,
      dropped: this.#dropped.get(type) ?? none,
    })).filter(({ in_force, candidate }) => in_force.transactions > 0 || candidate.transactions > 0)
  }

  /** Of the labelled players that were met; undefined where there are none. */
  detection(): { players: number; in_force: Detection; candidate: Detection } | undefined {
    if (this.#seen.size === 0) return undefined
    return {
      players: this.#seen.size,
      in_force: detectionOf(this.#inForce.alarmed, this.#seen),
      candidate: detectionOf(this.#candidate.alarmed, this.#seen),
    }
  }
}
