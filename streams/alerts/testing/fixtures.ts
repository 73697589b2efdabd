/** What the tests of alerts share: codecs without a registry, commands with defaults, a processor to play with. */
import type {
  Alert,
  AlertChanged,
  AmlActor,
  AmlCommand,
  AmlCommandData,
  AmlPlayer,
  AmlPlayerUpdated,
  AmlReply,
  AuditRecorded,
  Finding,
  ScreeningMatch,
  ScreeningResult,
} from '../../../avro/types.ts'
import { playerKey } from '../../../domain/ids.ts'
import { createCodec } from '../../../topics/codec.ts'
import type { SchemaSource } from '../../../topics/codec.ts'
import type { LogRecord } from '../../runtime/processor.ts'
import {
  ListOutput,
  MapStore,
  PARTNER_ID,
  START_MS,
  logRecord,
  memorySchemas,
  testUuid,
} from '../../wallet/testing/fixtures.ts'
import type { SentRecord } from '../../wallet/testing/fixtures.ts'
import { AlertsLogic } from '../logic.ts'
import type { AlertsCodecs } from '../logic.ts'
import { AlertsState, storeCodecs } from '../state.ts'

export { ListOutput, MapStore, PARTNER_ID, START_MS, logRecord, memorySchemas, testUuid }
export type { SentRecord }

export const OTHER_PARTNER_ID = testUuid(0xa2)
export const HOUR_MS = 3_600_000
export const WEEK_MS = 7 * 24 * HOUR_MS

/** An officer of the platform, or of a partner. */
export const officer = (name: string | null, partnerId: string | null = null): AmlActor => ({
  key_id: 'key-1',
  partner_id: partnerId,
  name,
  ip_address: '192.0.2.7',
  request_id: 'r-1',
})

export const ANN = officer('ann')
export const BOB = officer('bob')

export const finding = (parts: Partial<Finding> = {}): Finding => ({
  alert_type: 'THRESHOLD',
  alert_severity: 'MEDIUM',
  risk_score: 40,
  description: 'A large transaction.',
  factors: [factor('LARGE_TRANSACTION')],
  transaction_id: null,
  occurred_at: START_MS,
  rules_version: 'platform:1',
  join_window_ms: WEEK_MS,
  blocks_withdrawals: false,
  four_eyes: false,
  ...parts,
})

export const factor = (code: string, numbers: Record<string, number> = {}): Finding['factors'][number] => ({
  code,
  points: 40,
  numbers,
  detail: null,
  window_from: null,
  window_to: null,
  transaction_ids: [],
})

export const match = (entryId: string, parts: Partial<ScreeningMatch> = {}): ScreeningMatch => ({
  list: 'ofac',
  list_version: 'v1',
  list_kind: 'SANCTION',
  entry_id: entryId,
  entry_name: `Entry ${entryId}`,
  matched_name: `Alias ${entryId}`,
  score: 95,
  sub_scores: { name: 95 },
  ...parts,
})

export const PEP = { list: 'peps', list_kind: 'PEP' } as const

export const screening = (
  matches: ScreeningMatch[],
  parts: Partial<ScreeningResult> = {},
): ScreeningResult => ({
  profile_version: 1,
  lists: [{ list: 'ofac', version: 'v1' }],
  matches,
  rules_version: 'platform:1',
  join_window_ms: WEEK_MS,
  blocks_withdrawals: true,
  four_eyes: false,
  ...parts,
})

export type CommandParts = Partial<AmlCommandData> & Pick<AmlCommandData, 'action'>

/** A command about a player "ann" unless the parts say otherwise. */
export const testCommand = (eventId: string, atMs: number, parts: CommandParts): AmlCommand => ({
  event_id: eventId,
  event_type: 'aml.command',
  timestamp: atMs,
  data: {
    partner_id: PARTNER_ID,
    player_id: 'ann',
    alert_id: null,
    actor: null,
    expected_version: null,
    finding: null,
    screening: null,
    assignee_id: null,
    resolution_code: null,
    note: null,
    report_reference: null,
    match: null,
    snooze: null,
    requested_at: atMs,
    ...parts,
  },
})

export const raise = (parts: Partial<Finding> = {}): CommandParts => ({
  action: 'RAISE_ALERT',
  finding: finding(parts),
})
export const screen = (matches: ScreeningMatch[], parts: Partial<ScreeningResult> = {}): CommandParts => ({
  action: 'RECORD_SCREENING',
  screening: screening(matches, parts),
})
export const create = (parts: Partial<Finding> = {}, actor = ANN): CommandParts => ({
  action: 'CREATE_ALERT',
  actor,
  finding: finding({ alert_type: 'MANUAL', ...parts }),
  note: 'seen it',
})
export const assign = (alertId: string, assigneeId: string | null): CommandParts => ({
  action: 'ASSIGN_ALERT',
  actor: ANN,
  alert_id: alertId,
  assignee_id: assigneeId,
})
export const investigate = (alertId: string): CommandParts => ({
  action: 'INVESTIGATE_ALERT',
  actor: ANN,
  alert_id: alertId,
})
export const close = (alertId: string, resolutionCode = 'EXPLAINED'): CommandParts => ({
  action: 'CLOSE_ALERT',
  actor: ANN,
  alert_id: alertId,
  resolution_code: resolutionCode,
  note: 'explained',
})
export const report = (alertId: string, actor = ANN, reference = 'SAR-1'): CommandParts => ({
  action: 'REPORT_ALERT',
  actor,
  alert_id: alertId,
  report_reference: reference,
})
export const note = (alertId: string): CommandParts => ({
  action: 'NOTE_ALERT',
  actor: BOB,
  alert_id: alertId,
  note: 'called the player',
})
export const clear = (entryId: string, list = 'ofac'): CommandParts => ({
  action: 'CLEAR_MATCH',
  actor: ANN,
  match: { list, entry_id: entryId },
  note: 'another birth date',
})
export const snooze = (alertType: string, untilMs: number): CommandParts => ({
  action: 'SNOOZE',
  actor: ANN,
  note: 'known high roller',
  snooze: { alert_type: alertType, until: untilMs },
})
export const endSnooze = (alertType: string): CommandParts => ({
  action: 'END_SNOOZE',
  actor: ANN,
  snooze: { alert_type: alertType, until: null },
})

export async function testCodecs(source: SchemaSource = memorySchemas()): Promise<AlertsCodecs> {
  return {
    command: await createCodec('aml.command', source),
    created: await createCodec('aml.alert.created', source),
    updated: await createCodec('aml.alert.updated', source),
    player: await createCodec('aml.player.updated', source),
    reply: await createCodec('aml.reply', source),
    audit: await createCodec('audit.aml-entry.recorded', source),
    position: await createCodec('aml.alert-position', source),
    deadLetter: await createCodec('aml.command.dlq', source),
    store: await storeCodecs(),
  }
}

/** A command as it lies in its topic. */
export const commandRecord = (codecs: AlertsCodecs, command: AmlCommand, offset = 0): LogRecord =>
  logRecord(
    playerKey(command.data.partner_id, command.data.player_id),
    codecs.command.encode(command),
    offset,
  )

/** A processor with its store and all that it has sent; each command is one millisecond after the last one. */
export class Bench {
  readonly store = new MapStore()
  readonly output = new ListOutput()
  readonly codecs: AlertsCodecs
  readonly #logic: AlertsLogic
  readonly #events: AlertChanged[] = []
  readonly #newest = new Map<string, Alert>()
  readonly #standings: AmlPlayerUpdated[] = []
  readonly #replies: AmlReply[] = []
  readonly #audit: AuditRecorded[] = []
  #decoded = 0
  #sent = 0
  /** Time of the next command, in epoch milliseconds. */
  nowMs = START_MS

  constructor(codecs: AlertsCodecs) {
    this.codecs = codecs
    this.#logic = new AlertsLogic(codecs)
  }

  /** Sends a command as a batch of its own, and answers its id. */
  send(parts: CommandParts): string {
    this.nowMs++
    const id = testUuid(++this.#sent)
    this.process(testCommand(id, this.nowMs, parts))
    return id
  }

  /** Sends a command, and answers what became of it: the code of its refusal, or null. */
  ask(parts: CommandParts): string | null {
    const id = this.send(parts)
    const reply = this.replies.at(-1)
    if (reply?.command_id !== id) throw new Error('the command has no reply')
    return reply.error_code
  }

  process(command: AmlCommand): void {
    this.#logic.process(commandRecord(this.codecs, command), this.store, this.output)
    this.store.commit()
  }

  get state(): AlertsState {
    return new AlertsState(this.store, this.codecs.store)
  }
  /** Every version of every alert, as it was sent. */
  get events(): readonly AlertChanged[] {
    this.#decode()
    return this.#events
  }
  /** The newest version of every alert, the oldest alert first. */
  get alerts(): Alert[] {
    this.#decode()
    return [...this.#newest.values()]
  }
  /** The alert that was raised at this place. */
  alert(at = 0): Alert {
    const alert = this.alerts[at]
    if (alert === undefined) throw new Error(`no alert ${at}`)
    return alert
  }
  get standings(): readonly AmlPlayerUpdated[] {
    this.#decode()
    return this.#standings
  }
  get replies(): readonly AmlReply[] {
    this.#decode()
    return this.#replies
  }
  get auditEntries(): readonly AuditRecorded[] {
    this.#decode()
    return this.#audit
  }
  player(): AmlPlayer {
    const player = this.state.player(playerKey(PARTNER_ID, 'ann'))
    if (player === undefined) throw new Error('the player has no standing')
    return player
  }

  /** Reads what was sent since the last time. */
  #decode(): void {
    const { created, updated, player, reply, audit } = this.codecs
    for (const { topic, value } of this.output.sent.slice(this.#decoded)) {
      if (topic === 'aml.player.updated') this.#standings.push(player.decode(value))
      else if (topic === 'aml.reply') this.#replies.push(reply.decode(value).data)
      else if (topic === 'audit.aml-entry.recorded') this.#audit.push(audit.decode(value))
      else {
        const event = (topic === 'aml.alert.created' ? created : updated).decode(value)
        this.#events.push(event)
        this.#newest.set(event.data.alert_id, event.data)
      }
    }
    this.#decoded = this.output.sent.length
  }
}
