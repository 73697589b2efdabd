/**
 * The way of a settlement command to Kafka and of its outcome back. Every instance reads all replies: settlement is rare, and
 * so a reply needs no partition of its own.
 */
import type { SettlementCommand, SettlementCommandData, SettlementReply } from '../../avro/types.ts'
import { SETTLEMENT_ERRORS } from '../../domain/errors.ts'
import type { ErrorCode } from '../../domain/errors.ts'
import type { Origin } from '../access/actor.ts'
import type { Principal } from '../access/principal.ts'
import type { ProducerLink } from '../commands/producer-link.ts'
import type { OutgoingCommand } from '../commands/sender.ts'
import { ApiError } from '../problem.ts'

/** settlement.command has one partition. */
const PARTITION = 0

/** What is asked; what isn't said is null. */
export type SettlementStep = Partial<SettlementCommandData> &
  Pick<SettlementCommandData, 'action' | 'partner_id'>

export interface SettlementGateway {
  /**
   * Sends a step of this moment and answers its applied outcome. Throws the refusal as `ApiError`, SERVICE_UNAVAILABLE where the
   * step was surely not sent, OUTCOME_UNKNOWN where no outcome came in time.
   */
  submit(step: SettlementStep, principal: Principal, origin: Origin): Promise<SettlementReply>
}

export interface SettlementGatewayOptions {
  link: Pick<ProducerLink, 'connected' | 'send'>
  encode: (command: SettlementCommand) => Buffer
  newId: () => string
  outcomeTimeoutMs: number
}

const NOTHING: Omit<SettlementCommandData, 'action' | 'partner_id' | 'requested_at' | 'actor'> = {
  settlement_id: null,
  expected_version: null,
  terms: null,
  period: null,
  draft: null,
  payment_reference: null,
}

const isRefusal = (code: string): code is keyof typeof SETTLEMENT_ERRORS => code in SETTLEMENT_ERRORS

/** A refusal that this version does not know is a fault of ours. */
function refusalCode(code: string | null): ErrorCode {
  if (code === 'VERSION_CONFLICT') return code
  return code !== null && isRefusal(code) ? code : 'INTERNAL_ERROR'
}

export function createSettlementGateway(options: SettlementGatewayOptions): SettlementGateway & {
  /** Tells of a reply that was read. */
  replied(reply: SettlementReply): void
} {
  const { link } = options
  const waiting = new Map<string, (reply: SettlementReply) => void>()

  const outcomeOf = (command: SettlementCommand): Promise<SettlementReply> =>
    new Promise<SettlementReply>((resolve, reject) => {
      const timer = setTimeout(() => reject(new ApiError('OUTCOME_UNKNOWN')), options.outcomeTimeoutMs)
      waiting.set(command.event_id, (reply) => {
        clearTimeout(timer)
        resolve(reply)
      })
      const outgoing: OutgoingCommand = {
        key: command.data.partner_id,
        value: options.encode(command),
        partition: PARTITION,
        state: 'sending',
        sent: () => undefined,
      }
      // A send that failed may have landed all the same: only the reply, or the time-out, says what became of it.
      link.send([outgoing]).catch(() => undefined)
    }).finally(() => waiting.delete(command.event_id))

  return {
    submit: async (step, { keyId }, { requestId, address }) => {
      if (!link.connected()) throw new ApiError('SERVICE_UNAVAILABLE')
      const nowMs = Date.now()
      const actor = {
        key_id: keyId,
        ip_address: address === '' ? null : address,
        request_id: requestId,
      }
      const reply = await outcomeOf({
        event_id: options.newId(),
        event_type: 'settlement.command',
        timestamp: nowMs,
        data: { ...NOTHING, ...step, actor, requested_at: nowMs },
      })
      if (reply.outcome === 'REFUSED') throw new ApiError(refusalCode(reply.error_code))
      return reply
    },
    replied: (reply) => waiting.get(reply.command_id)?.(reply),
  }
}
