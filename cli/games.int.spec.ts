/** `games bets` as an operator runs it, over steps of bets in the log. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newId } from '../api/testing/live.ts'
import type { GameBet } from '../avro/types.ts'
import { playerKey } from '../domain/ids.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../streams/runtime/port.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { brokersFromEnvironment, required } from '../tests/support/environment.ts'
import { startCli } from '../tests/support/e2e.ts'

const PARTNER = required('STAKESTREAM_PARTNER_ID')
const PLAYER = newId('player')
const NOW_MS = Date.UTC(2026, 10, 28, 12)

let broker: StreamsBroker
beforeAll(async () => {
  const log = createLogger('test', 'silent')
  broker = await connectKafkajs({ brokers: brokersFromEnvironment(), clientId: newId('games'), log })
})
afterAll(() => broker.close())

/** A step of a bet that nobody waits for any more, so that whoever restores it has nothing to do. */
const step = (betId: string, version: number, parts: Pick<GameBet, 'state' | 'updated_at'>): GameBet => ({
  partner_id: PARTNER,
  player_id: PLAYER,
  bet_id: betId,
  terms: {
    provider_id: 'ocasino',
    game_id: 'slots-1',
    round_id: 'round-7',
    campaign_id: null,
    currency: 'USD',
    amount: 105_000n,
    transaction_id_partner: 'bet-1',
    placed_at: NOW_MS,
    hold_expires_at: NOW_MS,
    reply_to: null,
  },
  held_at: NOW_MS,
  call: version,
  calling: false,
  due_at: null,
  tries: 0,
  code: 'ROUND_STANDS',
  reference: null,
  version,
  command_id: randomUUID(),
  ...parts,
})

async function lay(...steps: readonly GameBet[]): Promise<void> {
  const codec = await createCodec(
    'game.bet.updated',
    registrySource({ url: required('SCHEMA_REGISTRY_URL') }),
  )
  const records = steps.map((data) => ({
    key: playerKey(data.partner_id, data.player_id),
    value: codec.encode({
      event_id: data.command_id,
      event_type: 'bet.updated',
      timestamp: data.updated_at,
      data,
    }),
  }))
  await broker.send('game.bet.updated', records)
}

const bets = (...args: readonly string[]) => startCli(['games', 'bets', ...args]).ended
const row = z.looseObject({ bet_id: z.string(), player_id: z.string(), state: z.string() })

async function listed(...args: readonly string[]): Promise<z.output<typeof row>[]> {
  const { code, stdout, stderr } = await bets('--json', ...args)
  expect([code, stderr]).toEqual([0, ''])
  return z
    .array(row)
    .parse(JSON.parse(stdout))
    .filter(({ player_id: id }) => id === PLAYER)
}

describe('games bets', () => {
  const [older, newer, decided] = [randomUUID(), randomUUID(), randomUUID()]
  beforeAll(() =>
    lay(
      step(newer, 1, { state: 'CHECKING', updated_at: NOW_MS }),
      step(decided, 1, { state: 'DISPUTED', updated_at: NOW_MS }),
      step(newer, 2, { state: 'DISPUTED', updated_at: NOW_MS + 2 }),
      step(older, 1, { state: 'DISPUTED', updated_at: NOW_MS + 1 }),
      step(decided, 2, { state: 'CANCELED', updated_at: NOW_MS + 3 }),
    ),
  )

  it('lists those that stand in a state now, the oldest first', async () => {
    const disputed = await listed()
    expect(disputed.map(({ bet_id: id }) => id)).toEqual([older, newer])
    expect(disputed[0]).toEqual({
      bet_id: older,
      partner_id: PARTNER,
      player_id: PLAYER,
      provider_id: 'ocasino',
      round_id: 'round-7',
      amount: '10.5000',
      currency: 'USD',
      state: 'DISPUTED',
      since: new Date(NOW_MS + 1).toISOString(),
      code: 'ROUND_STANDS',
    })
    expect(await listed('--state', 'CHECKING')).toEqual([])
  })

  it('prints a table for people', async () => {
    const { code, stdout } = await bets()
    const line = stdout.split('\n').find((text) => text.startsWith(older))
    expect([code, line?.split(/ {2,}/)]).toEqual([
      0,
      [
        older,
        PARTNER,
        PLAYER,
        'ocasino',
        'round-7',
        '10.5000 USD',
        new Date(NOW_MS + 1).toISOString(),
        'ROUND_STANDS',
      ],
    ])
  })

  it('says which states there are', async () => {
    const { code, stdout, stderr } = await bets('--state', 'LOST')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('DISPUTED')
  })
})
