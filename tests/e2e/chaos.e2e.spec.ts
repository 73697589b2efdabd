/** The shorter cut of `npm run chaos`, on the one broker of the tests: two wallets under load, killed, paused, taken away. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stackFrom } from '../../stack/stack.ts'
import { topicSizes } from '../../topics/catalogue.ts'
import { bystandersOf } from '../chaos/bystanders.ts'
import { Clients } from '../chaos/clients.ts'
import { FAULTS } from '../chaos/faults.ts'
import { send } from '../chaos/partner-api.ts'
import { Rig } from '../chaos/rig.ts'
import { runFaults } from '../chaos/run.ts'
import { Random } from '../simulator/random.ts'
import { required } from '../support/environment.ts'

const NAMES = [
  'wallet killed',
  'wallet paused past its session and woken',
  'wallet taken away and added again',
  'sinks killed',
  'partners killed',
  'webhooks killed',
]
const LIMIT_MS = 600_000
const PER_SECOND = 20

const rig = new Rig(stackFrom({ ...process.env, WALLETS: '2' }))

beforeAll(async () => {
  process.env['STANDBY'] = 'true'
  await rig.up('wallet-2')
}, LIMIT_MS)

afterAll(async () => {
  delete process.env['STANDBY']
  await rig.up('wallet', 'sink-postgres', 'sink-clickhouse', 'partners', 'sink-webhooks')
  await rig.stop('wallet-2')
}, LIMIT_MS)

it(
  'every answer holds: nothing is lost, nothing doubled, each history is one line',
  async () => {
    const seed = Date.now() % 1_000_000
    const prefix = `chaos-${seed}`
    const api = { url: required('STAKESTREAM_URL'), apiKey: required('STAKESTREAM_PARTNER_KEY') }
    const clients = new Clients({
      send: (movement) => send(api, movement),
      partnerId: required('STAKESTREAM_PARTNER_ID'),
      partitions: topicSizes('local').partitions,
      prefix,
      perSecond: PER_SECOND,
      random: new Random(seed),
    })
    const faults = FAULTS.filter(({ name }) => NAMES.includes(name))
    const calm = { warmUpMs: 2_000, calmMs: 3_000 }
    const bystanders = bystandersOf({
      api: { url: required('STAKESTREAM_URL'), apiKey: required('STAKESTREAM_ADMIN_KEY') },
      partitions: topicSizes('local').partitions,
      prefix,
      random: new Random(seed + 1),
    })
    const result = await runFaults(rig, clients, prefix, bystanders, faults, calm, () => undefined)
    expect({ seed, ...result }).toMatchObject({ lost: [], doubled: [], violations: [] })
    expect(result.injected.map(({ fault }) => fault)).toEqual(faults.map(({ name }) => name))
    expect(result.acknowledged).toBeGreaterThan(PER_SECOND * 10)
  },
  LIMIT_MS,
)
