/**
 * The rules of alerts once more, told as a story of one player at a time and kept apart from the processor: plain objects that
 * are changed in place, no versions of records, no ids but the order of things. What it says is compared with what was sent.
 */
import type { AmlCommand, AmlCommandData, Finding } from '../../../avro/types.ts'

const GRAVITY = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']

interface ModelAlert {
  player: string
  type: string
  status: string
  gravity: number
  score: number
  first: number
  last: number
  occurrences: number
  transactions: string[]
  blocks: boolean
  fourEyes: boolean
  proposedBy: string | null
  reviewedBy: string | null
  assignee: string | null
  versions: number
}

interface ModelMatch {
  kind: string
  cleared: boolean
  alert: ModelAlert
}

interface ModelPlayer {
  snoozes: Map<string, { from: number; until: number; count: number }>
  matches: Map<string, ModelMatch>
  profileVersion: number
}

/** What the model expects of one command: the code of a refusal, `null` where it applies. */
export class Model {
  readonly alerts: ModelAlert[] = []
  readonly players = new Map<string, ModelPlayer>()
  readonly #seen = new Set<string>()
  /** Numbers of alerts by their ids, as the processor told them. */
  readonly #numbers = new Map<string, number>()

  /** Tells the model under which id its last alert goes. */
  name(id: string): void {
    if (!this.#numbers.has(id)) this.#numbers.set(id, this.#numbers.size)
  }

  player(name: string): ModelPlayer {
    const known = this.players.get(name)
    if (known !== undefined) return known
    const fresh: ModelPlayer = { snoozes: new Map(), matches: new Map(), profileVersion: 0 }
    this.players.set(name, fresh)
    return fresh
  }

  isBlocked(player: string): boolean {
    return this.alerts.some(
      (alert) => alert.player === player && this.#isOpen(alert) && alert.blocks && alert.gravity === 3,
    )
  }

  #isOpen({ status }: ModelAlert): boolean {
    return status === 'NEW' || status === 'INVESTIGATING'
  }

  /** Undefined: the command was seen before, and nothing happens. */
  play({ event_id: id, data }: AmlCommand): string | null | undefined {
    if (this.#seen.has(id)) return undefined
    this.#seen.add(id)
    const { actor } = data
    if (actor === null) {
      if (data.action === 'RAISE_ALERT') this.#find(data)
      else this.#screen(data)
      return null
    }
    const foreign = actor.partner_id !== null && actor.partner_id !== data.partner_id
    if (data.alert_id !== null) return foreign ? 'ALERT_NOT_FOUND' : this.#step(data, data.alert_id)
    if (foreign) return 'PLAYER_NOT_FOUND'
    if (data.action === 'CREATE_ALERT') {
      this.#open(data, data.finding)
      return null
    }
    return data.action === 'CLEAR_MATCH' ? this.#clear(data) : this.#quiet(data)
  }

  #open({ player_id: player }: AmlCommandData, finding: AmlCommandData['finding']): ModelAlert {
    if (finding === null) throw new Error('no finding')
    const alert: ModelAlert = {
      player,
      type: finding.alert_type,
      status: 'NEW',
      gravity: GRAVITY.indexOf(finding.alert_severity),
      score: finding.risk_score,
      first: finding.occurred_at,
      last: finding.occurred_at,
      occurrences: 1,
      transactions: finding.transaction_id === null ? [] : [finding.transaction_id],
      blocks: finding.blocks_withdrawals,
      fourEyes: finding.four_eyes,
      proposedBy: null,
      reviewedBy: null,
      assignee: null,
      versions: 1,
    }
    this.alerts.push(alert)
    return alert
  }

  /** The open alert of a type that is nearest in time, where it lies within the window. */
  #near(player: string, type: string, at: number, windowMs: number): ModelAlert | undefined {
    let nearest: ModelAlert | undefined
    for (const alert of this.alerts) {
      if (alert.player !== player || alert.type !== type || !this.#isOpen(alert)) continue
      const distance = Math.abs(alert.last - at)
      if (distance > windowMs) continue
      const best = nearest === undefined ? Infinity : Math.abs(nearest.last - at)
      // As near before as after: the later one.
      if (distance < best || (distance === best && alert.last > (nearest?.last ?? 0))) nearest = alert
    }
    return nearest
  }

  #join(alert: ModelAlert, finding: Finding): void {
    alert.occurrences++
    alert.versions++
    alert.gravity = Math.max(alert.gravity, GRAVITY.indexOf(finding.alert_severity))
    alert.score = Math.max(alert.score, finding.risk_score)
    alert.first = Math.min(alert.first, finding.occurred_at)
    alert.last = Math.max(alert.last, finding.occurred_at)
    alert.blocks ||= finding.blocks_withdrawals
    alert.fourEyes ||= finding.four_eyes
    const { transaction_id: id } = finding
    if (id !== null) alert.transactions = [...alert.transactions.filter((each) => each !== id), id]
  }

  #find(data: AmlCommandData): void {
    const { finding, player_id: player } = data
    if (finding === null) throw new Error('no finding')
    const quiet = this.player(player).snoozes.get(finding.alert_type)
    if (quiet !== undefined && finding.occurred_at >= quiet.from && finding.occurred_at < quiet.until) {
      quiet.count++
      return
    }
    const near = this.#near(player, finding.alert_type, finding.occurred_at, finding.join_window_ms)
    if (near === undefined) this.#open(data, finding)
    else this.#join(near, finding)
  }

  #screen(data: AmlCommandData): void {
    const { screening, player_id: name, requested_at: at } = data
    const player = this.player(name)
    if (screening === null || screening.profile_version < player.profileVersion) return
    player.profileVersion = screening.profile_version
    const unknown = new Map<string, (typeof screening.matches)[number]>()
    const found = new Set<string>()
    for (const match of screening.matches) {
      const key = `${match.list} ${match.entry_id}`
      if (found.has(key)) continue
      found.add(key)
      if (!player.matches.has(key)) unknown.set(key, match)
    }
    for (const [key, { cleared }] of player.matches)
      if (!found.has(key) && !cleared) player.matches.delete(key)
    if (unknown.size === 0) return
    const matches = [...unknown.values()]
    const finding: Finding = {
      alert_type: 'WATCHLIST',
      alert_severity: matches.some((match) => match.list_kind === 'SANCTION') ? 'CRITICAL' : 'HIGH',
      risk_score: Math.max(...matches.map(({ score }) => score)),
      description: '',
      factors: [],
      transaction_id: null,
      occurred_at: at,
      rules_version: null,
      join_window_ms: screening.join_window_ms,
      blocks_withdrawals: screening.blocks_withdrawals,
      four_eyes: screening.four_eyes,
    }
    const near = this.#near(name, 'WATCHLIST', at, screening.join_window_ms)
    if (near !== undefined) this.#join(near, finding)
    const alert = near ?? this.#open(data, finding)
    for (const [key, match] of unknown)
      player.matches.set(key, { kind: match.list_kind, cleared: false, alert })
  }

  #clear({ match, player_id: name }: AmlCommandData): string | null {
    const found = this.player(name).matches.get(`${match?.list} ${match?.entry_id}`)
    if (found === undefined || found.cleared) return 'MATCH_NOT_FOUND'
    found.cleared = true
    found.alert.versions++
    return null
  }

  #quiet({ action, snooze, requested_at: now, player_id: name }: AmlCommandData): string | null {
    if (snooze === null) throw new Error('no snooze')
    const { snoozes } = this.player(name)
    const before = snoozes.get(snooze.alert_type)
    const isOn = before !== undefined && before.from <= now && now < before.until
    if (action === 'SNOOZE')
      snoozes.set(snooze.alert_type, { from: now, until: snooze.until ?? 0, count: isOn ? before.count : 0 })
    else if (isOn) before.until = now
    else return 'SNOOZE_NOT_FOUND'
    return null
  }

  #step(data: AmlCommandData, alertId: string): string | null {
    const { action, actor, expected_version: expected, player_id: player } = data
    const alert = this.alerts[this.#numbers.get(alertId) ?? -1]
    const who = actor?.name ?? actor?.key_id ?? ''
    if (alert?.player !== player) return 'ALERT_NOT_FOUND'
    if (expected !== null && expected !== alert.versions) return 'VERSION_CONFLICT'
    const legal: Record<string, readonly string[]> = {
      ASSIGN_ALERT: ['NEW', 'INVESTIGATING'],
      INVESTIGATE_ALERT: ['NEW'],
      CLOSE_ALERT: ['NEW', 'INVESTIGATING'],
      REPORT_ALERT: ['INVESTIGATING'],
      NOTE_ALERT: ['NEW', 'INVESTIGATING', 'CLOSED', 'REPORTED'],
    }
    if (legal[action]?.includes(alert.status) !== true) return 'ALERT_TRANSITION_ILLEGAL'
    if (action === 'REPORT_ALERT' && alert.fourEyes && alert.proposedBy === who) return 'FOUR_EYES'
    alert.versions++
    if (action === 'ASSIGN_ALERT') alert.assignee = data.assignee_id
    else if (action === 'INVESTIGATE_ALERT') alert.status = 'INVESTIGATING'
    else if (action === 'CLOSE_ALERT')
      Object.assign(alert, { status: 'CLOSED', reviewedBy: who, proposedBy: null })
    else if (action === 'REPORT_ALERT' && alert.fourEyes && alert.proposedBy === null) alert.proposedBy = who
    else if (action === 'REPORT_ALERT') Object.assign(alert, { status: 'REPORTED', reviewedBy: who })
    return null
  }
}
