/**
 * The way of a partner command to Kafka and of its outcome back: the entry of the audit trail that carries the command's
 * id. An outcome is answered when this instance's own directory has it too, so that a caller who was told of a key can
 * use it here at once.
 */
import type { AuditEntry, PartnerCommand, PartnerCommandData } from '../../avro/types.ts'
import { PARTNER_ERRORS } from '../../domain/errors.ts'
import type { ErrorCode } from '../../domain/errors.ts'
import type { OutgoingCommand } from '../commands/sender.ts'
import type { ProducerLink } from '../commands/producer-link.ts'
import { ApiError } from '../problem.ts'
import type { Kind, PartnerDirectory } from './directory.ts'

/** partner.command has one partition. */
const PARTITION = 0

export interface PartnerGateway {
  /**
   * Sends a command of this moment (epoch milliseconds) and answers its applied outcome. Throws the refusal as `ApiError`, SERVICE_UNAVAILABLE where the
   * command was surely not sent, OUTCOME_UNKNOWN where no outcome came in time.
   */
  submit(data: PartnerCommandData, nowMs: number): Promise<AuditEntry>
}

export interface PartnerGatewayOptions {
  link: Pick<ProducerLink, 'connected' | 'send'>
  encode: (command: PartnerCommand) => Buffer
  directory: Pick<PartnerDirectory, 'whenKnown'>
  newId: () => string
  outcomeTimeoutMs: number
}

export interface OutcomeListener {
  /** Tells of an entry of the audit trail. */
  recorded(commandId: string, entry: AuditEntry): void
}

const KINDS: readonly Kind[] = ['partner', 'api_key', 'webhook', 'aml_rules', 'game_provider', 'game']

const isPartnerError = (code: string): code is keyof typeof PARTNER_ERRORS => code in PARTNER_ERRORS

/** A refusal that this version does not know is a fault of ours. */
const refusalCode = (code: string | null): ErrorCode => {
  if (code === 'PARTNER_NOT_ACTIVE' || code === 'VERSION_CONFLICT') return code
  return code !== null && isPartnerError(code) ? code : 'INTERNAL_ERROR'
}

export function createPartnerGateway(options: PartnerGatewayOptions): PartnerGateway & OutcomeListener {
  const { link, directory } = options
  const waiting = new Map<string, (entry: AuditEntry) => void>()

  /** Resolves with undefined when the time is up. */
  const within = <T>(promise: Promise<T>): Promise<T | undefined> => {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), options.outcomeTimeoutMs)
    })
    return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
  }

  const send = (command: PartnerCommand): void => {
    const outgoing: OutgoingCommand = {
      key: command.data.partner_id,
      value: options.encode(command),
      partition: PARTITION,
      state: 'sending',
      sent: () => undefined,
    }
    // A send that failed may have landed all the same: only the audit trail, or the time-out, says what became of it.
    link.send([outgoing]).catch(() => undefined)
  }

  const outcomeOf = async (command: PartnerCommand): Promise<AuditEntry> => {
    const { event_id: commandId } = command
    const entry = await within(
      new Promise<AuditEntry>((resolve) => {
        waiting.set(commandId, resolve)
        send(command)
      }),
    ).finally(() => waiting.delete(commandId))
    if (entry === undefined) throw new ApiError('OUTCOME_UNKNOWN')
    return entry
  }

  return {
    submit: async (data, nowMs) => {
      if (!link.connected()) throw new ApiError('SERVICE_UNAVAILABLE')
      const entry = await outcomeOf({
        event_id: options.newId(),
        event_type: 'partner.command',
        timestamp: nowMs,
        data,
      })
      if (entry.outcome === 'REFUSED') throw new ApiError(refusalCode(entry.error_code))
      const kind = KINDS.find((each) => each === entry.subject_type)
      if (kind !== undefined) await within(directory.whenKnown(kind, entry.subject_id, entry.version ?? 0))
      return entry
    },
    recorded: (commandId, entry) => waiting.get(commandId)?.(entry),
  }
}
