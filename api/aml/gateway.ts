/**
 * The way of a step on an alert to Kafka and of its outcome back. Every instance reads all replies: alert work is rare, and
 * so a reply needs no partition of its own.
 */
import type { AmlActor, AmlCommand, AmlCommandData, AmlReply } from '../../avro/types.ts'
import { ALERT_ERRORS } from '../../domain/errors.ts'
import type { ErrorCode } from '../../domain/errors.ts'
import { playerKey } from '../../domain/ids.ts'
import { actorOf } from '../access/actor.ts'
import type { Origin } from '../access/actor.ts'
import type { Principal } from '../access/principal.ts'
import type { OutgoingCommand } from '../commands/sender.ts'
import type { ProducerLink } from '../commands/producer-link.ts'
import { ApiError } from '../problem.ts'

/** What is asked; what isn't said is null. */
export type AmlStep = Partial<AmlCommandData> & Pick<AmlCommandData, 'action' | 'player_id' | 'partner_id'>

export interface AmlGateway {
  /**
   * Sends a step of this moment and answers its applied outcome. Throws the refusal as `ApiError`, SERVICE_UNAVAILABLE where the
   * step was surely not sent, OUTCOME_UNKNOWN where no outcome came in time.
   */
  submit(step: AmlStep, actor: AmlActor): Promise<AmlReply>
}

export interface AmlGatewayOptions {
  link: Pick<ProducerLink, 'connected' | 'send'>
  encode: (command: AmlCommand) => Buffer
  /** Of aml.command; undefined while it is not known. */
  partitionOf: (key: string) => number | undefined
  newId: () => string
  outcomeTimeoutMs: number
}

/** Who asks: the officer that the caller names, by its key. */
export const officerOf = (principal: Principal, origin: Origin, officer: string | undefined): AmlActor => ({
  ...actorOf(principal, origin),
  name: officer ?? null,
})

const isRefusal = (code: string): code is keyof typeof ALERT_ERRORS => code in ALERT_ERRORS

/** A refusal that this version does not know is a fault of ours. */
function refusalCode(code: string | null): ErrorCode {
  if (code === 'VERSION_CONFLICT' || code === 'PLAYER_NOT_FOUND') return code
  return code !== null && isRefusal(code) ? code : 'INTERNAL_ERROR'
}

const NOTHING: Omit<AmlCommandData, 'action' | 'player_id' | 'partner_id' | 'requested_at'> = {
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
}

export function createAmlGateway(options: AmlGatewayOptions): AmlGateway & {
  /** Tells of a reply that was read. */
  replied(reply: AmlReply): void
} {
  const { link } = options
  const waiting = new Map<string, (reply: AmlReply) => void>()

  const outcomeOf = (command: AmlCommand, partition: number): Promise<AmlReply> =>
    new Promise<AmlReply>((resolve, reject) => {
      const { event_id: commandId, data } = command
      const timer = setTimeout(() => reject(new ApiError('OUTCOME_UNKNOWN')), options.outcomeTimeoutMs)
      waiting.set(commandId, (reply) => {
        clearTimeout(timer)
        resolve(reply)
      })
      const outgoing: OutgoingCommand = {
        key: playerKey(data.partner_id, data.player_id),
        value: options.encode(command),
        partition,
        state: 'sending',
        sent: () => undefined,
      }
      // A send that failed may have landed all the same: only the reply, or the time-out, says what became of it.
      link.send([outgoing]).catch(() => undefined)
    }).finally(() => waiting.delete(command.event_id))

  return {
    submit: async (step, actor) => {
      const partition = options.partitionOf(playerKey(step.partner_id, step.player_id))
      if (!link.connected() || partition === undefined) throw new ApiError('SERVICE_UNAVAILABLE')
      const nowMs = Date.now()
      const data: AmlCommandData = { ...NOTHING, ...step, actor, requested_at: nowMs }
      const command = { event_id: options.newId(), event_type: 'aml.command', timestamp: nowMs, data }
      const reply = await outcomeOf(command, partition)
      if (reply.outcome === 'REFUSED') throw new ApiError(refusalCode(reply.error_code))
      return reply
    },
    replied: (reply) => waiting.get(reply.command_id)?.(reply),
  }
}
