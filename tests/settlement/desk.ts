/** A partner that plays and is settled on the running system, with a note of all that it has sent. */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect } from 'vitest'
import { z } from 'zod'
import { ISSUABLE_SCOPES } from '../../api/access/principal.ts'
import { asAdmin, bodyOf, eventually, newId, request } from '../../api/testing/live.ts'
import { create, testCommand } from '../../streams/partners/testing/fixtures.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import { createCodec } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'
import type { Figures, Sent } from './plain.ts'

export const amountText = z.number().transform(String)
export const runAnswer = z.looseObject({
  id: z.string(),
  status: z.string(),
  net_payable: amountText,
  carried_forward: amountText,
  late_entries: z.number(),
  hash: z.string().nullable(),
  commission_id: z.string().nullable(),
  previous_id: z.string().nullable(),
  version: z.number(),
})
export type RunAnswer = z.output<typeof runAnswer>

const made = z.object({ id: z.string(), version: z.number() })
/** Every command of it was taken. */
const batchAnswer = z.object({ results: z.array(z.looseObject({ status: z.literal(200) })) })
const linesAnswer = z.object({
  lines: z.array(z.looseObject({ code: z.string(), amount: amountText })),
  days: z.array(z.looseObject({ date: z.string(), late: z.boolean() })),
})

/** Longest list of a batch that the API takes is 1,000. */
const BATCH_COMMANDS = 500

const whole = (units: bigint): string => `${units / 10_000n}.${String(units % 10_000n).padStart(4, '0')}`
const wholeOrNegative = (units: bigint): string => (units < 0n ? `-${whole(-units)}` : whole(units))
/** A number of an answer, in units. */
export const unitsOf = (amount: string): bigint => BigInt(Math.round(Number(amount) * 10_000))

export interface Terms {
  name: string
  zone: string
  currency: string
  /** Each rate with the moment from which it is in force. */
  rates: readonly (readonly [rate: bigint, from: string])[]
  /** Share of a positive GGR. */
  taxRate: number
}

/** One partner command, as the API would send it; only so can a rate have changed in the past. */
async function createPartner(partnerId: string, { name, rates }: Terms): Promise<void> {
  const broker = await connectKafkajs({
    brokers: brokersFromEnvironment(),
    clientId: `test-${partnerId}`,
    log: pino({ level: 'silent' }),
  })
  const source = registrySource({ url: required('SCHEMA_REGISTRY_URL') })
  const codec = await createCodec('partner.command', source)
  const commission_rates = rates.map(([rate, from]) => ({ rate, effective_from: Date.parse(from) }))
  const command = testCommand(randomUUID(), Date.now(), create({ name, commission_rates }, partnerId))
  await broker.send('partner.command', [{ key: partnerId, value: codec.encode(command) }])
  await broker.close()
}

async function putTerms(partnerId: string, { zone, currency, taxRate }: Terms): Promise<void> {
  const terms = {
    time_zone: zone,
    schedule: 'NONE',
    currencies: [currency],
    fees: [{ code: 'TAX', label: 'Gaming tax', basis: 'GGR', rate: taxRate }],
  }
  const answer = await request('PUT', `/partners/${partnerId}/settlement-terms`, terms, asAdmin)
  bodyOf(z.object({ partner_id: z.string(), version: z.literal(1) }), answer)
}

export type RoundEnd = 'lost' | 'won' | 'bonus' | 'rolled back'

export class Desk {
  readonly partnerId: string
  readonly headers: object
  readonly #currency: string
  /** What was sent and is in no run yet. */
  #sent: Sent[] = []

  constructor(partnerId: string, headers: object, currency: string) {
    this.partnerId = partnerId
    this.headers = headers
    this.#currency = currency
  }

  /** A round of play: a bet, and what becomes of it. */
  round(atMs: number, stake: bigint, end: RoundEnd, gain = 0n): object[] {
    const game = { game_id: 'slots', round_id: newId('round'), created_at: new Date(atMs).toISOString() }
    const bet = newId('bet')
    this.#sent.push({ atMs, bets: stake })
    const first = { ...game, type: 'BET', amount: whole(stake), transaction_id_partner: bet }
    const of = { ...game, transaction_id_partner: newId('end'), reference_transaction_id_partner: bet }
    if (end === 'lost') return [first]
    if (end === 'rolled back') {
      this.#sent.push({ atMs, rollbacks: stake })
      const { created_at, transaction_id_partner, reference_transaction_id_partner } = of
      return [
        first,
        { type: 'ROLLBACK', created_at, transaction_id_partner, reference_transaction_id_partner },
      ]
    }
    this.#sent.push(end === 'won' ? { atMs, wins: gain } : { atMs, bonus: gain })
    const type = end === 'won' ? {} : { win_type: 'BONUS' }
    return [first, { ...of, ...type, type: 'WIN', amount: whole(gain) }]
  }

  adjust(atMs: number, direction: 'CREDIT' | 'DEBIT', units: bigint): object {
    this.#sent.push({ atMs, adjustments: direction === 'DEBIT' ? units : -units })
    return {
      type: 'ADJUSTMENT',
      amount: whole(units),
      direction,
      reason: 'a correction',
      transaction_id_partner: newId('adj'),
      created_at: new Date(atMs).toISOString(),
    }
  }

  async play(player: string, commands: readonly object[]): Promise<void> {
    const all = commands.map((each) => ({ player_id: player, currency: this.#currency, ...each }))
    for (let at = 0; at < all.length; at += BATCH_COMMANDS) {
      const body = { commands: all.slice(at, at + BATCH_COMMANDS) }
      bodyOf(batchAnswer, await request('POST', '/wallet/batch', body, this.headers))
    }
  }

  /** Money to play with; long before the first period, and so not settled at all. */
  deposit(player: string): Promise<void> {
    const deposit = { type: 'DEPOSIT', amount: 100_000, transaction_id_partner: newId('dep') }
    return this.play(player, [{ ...deposit, created_at: '2026-03-01T12:00:00Z' }])
  }

  /** What a run up to a moment covers; what is left is for the next one. */
  covered(toMs: number, fromMs = -Infinity): Sent[] {
    const isIn = ({ atMs }: Sent): boolean => atMs >= fromMs && atMs < toMs
    const list = this.#sent.filter(isIn)
    this.#sent = this.#sent.filter((each) => !isIn(each))
    return list
  }

  get(path: string): ReturnType<typeof request> {
    return request('GET', path, undefined, this.headers)
  }

  async runOf(id: string): Promise<RunAnswer> {
    return bodyOf(runAnswer, await this.get(`/settlements/${id}`))
  }

  /** Asks for a run, and waits until it is counted. */
  async draft(from: string, to: string): Promise<RunAnswer> {
    const body = { currency: this.#currency, from, to }
    const { id } = bodyOf(made, await request('POST', '/settlements', body, this.headers))
    return eventually(async () => {
      const answer = await this.get(`/settlements/${id}`)
      const found = answer.status === 200 ? bodyOf(runAnswer, answer) : undefined
      return found?.status === 'DRAFT' ? found : undefined
    })
  }

  /** Amounts by the codes of the lines. */
  async lines(id: string): Promise<Record<string, number>> {
    const { lines } = bodyOf(linesAnswer, await this.get(`/settlements/${id}/lines`))
    return Object.fromEntries(lines.map(({ code, amount }) => [code, Number(amount)]))
  }

  /** As the operator. */
  confirm(id: string): ReturnType<typeof request> {
    return request('POST', `/settlements/${id}/confirm`, {}, asAdmin)
  }
}

/** The lines of a run are what plain loops gave. */
export async function expectLines(desk: Desk, id: string, figures: Figures, carried: bigint): Promise<void> {
  const wanted = {
    GGR: figures.ggr,
    NGR: figures.ngr,
    COMMISSION: figures.commission,
    ADJUSTMENTS: figures.adjustments,
    CARRY_OVER: carried,
    FEE_TAX: figures.tax,
    NET_PAYABLE: figures.result > 0n ? figures.result : 0n,
    CARRIED_FORWARD: figures.result < 0n ? figures.result : 0n,
  }
  const asNumbers = Object.entries(wanted).map(([code, units]) => [code, Number(wholeOrNegative(units))])
  expect(await desk.lines(id)).toMatchObject(Object.fromEntries(asNumbers))
}

/** A partner with its rates, a key and terms. */
export async function openDesk(terms: Terms): Promise<Desk> {
  const partnerId = randomUUID()
  await createPartner(partnerId, terms)
  await eventually(async () => {
    const { status } = await request('GET', `/partners/${partnerId}`, undefined, asAdmin)
    return status === 200 ? true : undefined
  })
  const key = await request('POST', `/partners/${partnerId}/api-keys`, { scopes: ISSUABLE_SCOPES }, asAdmin)
  const headers = { 'x-api-key': bodyOf(z.looseObject({ key: z.string() }), key).key }
  await putTerms(partnerId, terms)
  return new Desk(partnerId, headers, terms.currency)
}
