/** What the tests of settlement share: codecs without a registry, commands with defaults, a processor to play with. */
import { createHash } from 'node:crypto'
import type {
  NewSettlementTerms,
  Settlement,
  SettlementActor,
  SettlementCommand,
  SettlementCommandData,
  SettlementDay,
  SettlementDraft,
  SettlementReply,
  SettlementTerms,
  WalletCommand,
} from '../../../avro/types.ts'
import { createCodec } from '../../../topics/codec.ts'
import type { SchemaSource } from '../../../topics/codec.ts'
import {
  ListOutput,
  MapStore,
  PARTNER_ID,
  logRecord,
  memorySchemas,
  testUuid,
} from '../../wallet/testing/fixtures.ts'
import { SettlementLogic } from '../logic.ts'
import type { SettlementCodecs, SettlementTools } from '../logic.ts'
import { SettlementState, storeCodecs } from '../state.ts'

export { ListOutput, MapStore, PARTNER_ID, logRecord, testUuid }

/** A moment at which all periods of the tests are over. */
export const NOW_MS = Date.parse('2026-11-24T10:00:00Z')
export const OTHER_PARTNER_ID = testUuid(0xa2)
export const ADMIN: SettlementActor = { key_id: 'key-1', ip_address: '192.0.2.7', request_id: 'r-1' }

export const TOOLS: SettlementTools = {
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
  walletPartitionOf: () => 0,
}

export async function testCodecs(source: SchemaSource = memorySchemas()): Promise<SettlementCodecs> {
  return {
    command: await createCodec('settlement.command', source),
    run: await createCodec('settlement.updated', source),
    terms: await createCodec('settlement.terms.updated', source),
    reply: await createCodec('settlement.reply', source),
    walletCommand: await createCodec('wallet.command', source),
    position: await createCodec('settlement.position', source),
    deadLetter: await createCodec('settlement.command.dlq', source),
    store: await storeCodecs(),
  }
}

export type CommandParts = Partial<SettlementCommandData> & Pick<SettlementCommandData, 'action'>

export const testCommand = (eventId: string, atMs: number, parts: CommandParts): SettlementCommand => ({
  event_id: eventId,
  event_type: 'settlement.command',
  timestamp: atMs,
  data: {
    partner_id: PARTNER_ID,
    actor: ADMIN,
    settlement_id: null,
    expected_version: null,
    terms: null,
    period: null,
    draft: null,
    payment_reference: null,
    requested_at: atMs,
    ...parts,
  },
})

export const terms = (parts: Partial<NewSettlementTerms> = {}): NewSettlementTerms => ({
  time_zone: 'Europe/Berlin',
  schedule: 'MONTHLY',
  schedule_from: null,
  currencies: ['EUR'],
  fees: [],
  ...parts,
})

export const putTerms = (parts: Partial<NewSettlementTerms> = {}): CommandParts => ({
  action: 'PUT_TERMS',
  terms: terms(parts),
})

export const request = (from = '2026-09-01', to = '2026-10-01', currency = 'EUR'): CommandParts => ({
  action: 'REQUEST',
  period: { currency, from, to },
})

export const day = (date: string, parts: Partial<SettlementDay> = {}): SettlementDay => ({
  date,
  late: false,
  rate: 1_500n,
  movements: 1,
  bets: 1_000_000n,
  wins: 0n,
  rollbacks: 0n,
  bonus_cost: 0n,
  adjustments: 0n,
  deposits: 0n,
  withdrawals: 0n,
  ...parts,
})

export const draft = (parts: Partial<SettlementDraft> = {}): SettlementDraft => ({
  seals: [
    { partition: 0, next_offset: 100 },
    { partition: 1, next_offset: 50 },
  ],
  days: [day('2026-09-05')],
  late_entries: 0,
  late_digest: TOOLS.sha256(''),
  ...parts,
})

export const complete = (runId: string, parts: Partial<SettlementDraft> = {}): CommandParts => ({
  action: 'COMPLETE',
  actor: null,
  settlement_id: runId,
  draft: draft(parts),
})

export const step = (
  action: 'CONFIRM' | 'PAY' | 'CANCEL',
  runId: string,
  parts: Partial<SettlementCommandData> = {},
): CommandParts => ({ action, settlement_id: runId, ...parts })

/** A processor with its store and all that it has sent; each command is one millisecond after the last one. */
export class Bench {
  readonly store = new MapStore()
  readonly output = new ListOutput()
  readonly codecs: SettlementCodecs
  readonly #logic: SettlementLogic
  #sent = 0
  /** Time of the next command, in epoch milliseconds. */
  nowMs = NOW_MS

  constructor(codecs: SettlementCodecs) {
    this.codecs = codecs
    this.#logic = new SettlementLogic(codecs, TOOLS)
  }

  process(command: SettlementCommand): void {
    const value = this.codecs.command.encode(command)
    this.#logic.process(logRecord(command.data.partner_id, value, 0), this.store, this.output)
    this.store.commit()
  }

  /** Sends a command, and answers its id. */
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

  /** A run that is confirmed. */
  confirmed(parts: CommandParts = request(), counted: Partial<SettlementDraft> = {}): Settlement {
    const id = this.send(parts)
    this.send(complete(id, counted))
    this.send(step('CONFIRM', id))
    return this.run(id)
  }

  get state(): SettlementState {
    return new SettlementState(this.store, this.codecs.store)
  }
  run(id: string): Settlement {
    const run = this.state.run(id)
    if (run === undefined) throw new Error(`no run ${id}`)
    return run
  }

  #valuesOf(topic: string): Buffer[] {
    return this.output.sent.filter((each) => each.topic === topic).map(({ value }) => value)
  }
  get replies(): SettlementReply[] {
    return this.#valuesOf('settlement.reply').map((value) => this.codecs.reply.decode(value).data)
  }
  get runs(): Settlement[] {
    return this.#valuesOf('settlement.updated').map((value) => this.codecs.run.decode(value).data)
  }
  get terms(): SettlementTerms[] {
    return this.#valuesOf('settlement.terms.updated').map((value) => this.codecs.terms.decode(value).data)
  }
  get walletCommands(): WalletCommand[] {
    return this.#valuesOf('wallet.command').map((value) => this.codecs.walletCommand.decode(value))
  }
}
