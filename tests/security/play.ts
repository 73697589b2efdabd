/** Something for every service and every command of the command line to do. */
import { rmSync } from 'node:fs'
import { z } from 'zod'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import { commonConfig, readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { createLogger } from '../../service/logger.ts'
import { newSample, startCli } from '../support/e2e.ts'
import { required } from '../support/environment.ts'
import { waitFor } from '../support/wait.ts'

const EVENTS = 300

const body = z.record(z.string(), z.unknown())

/** Calls the API; throws where it does not answer with success. */
async function ask(
  key: 'STAKESTREAM_ADMIN_KEY' | 'STAKESTREAM_PARTNER_KEY',
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  sent?: object,
): Promise<z.output<typeof body>> {
  const response = await fetch(new URL(path, required('STAKESTREAM_URL')), {
    method,
    headers: { 'x-api-key': required(key), 'content-type': 'application/json' },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return body.parse(JSON.parse(text))
}
const asOperator = ask.bind(undefined, 'STAKESTREAM_ADMIN_KEY')
const asPartner = ask.bind(undefined, 'STAKESTREAM_PARTNER_KEY')

/** Runs a command; throws what it has printed where it fails. */
async function cli(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await startCli(args).ended
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr.slice(-1_000)}`)
  return stdout
}

/** A bet that a provider confirms: the saga, its worker, the way back. */
async function playAtProvider(): Promise<void> {
  const game = { provider_id: 'ocasino', game_code: 'oc-starlight-reels', name: 'Starlight Reels' }
  await asOperator('PUT', '/games/starlight', game)
  await asPartner('POST', '/games/starlight/launch', { player_id: 'ann', currency: 'USD' })
  const bet = {
    amount: 1,
    currency: 'USD',
    game_id: 'starlight',
    round_id: 'r-1',
    transaction_id_partner: 'b-1',
  }
  await asPartner('POST', '/wallet/ann/bet', bet)
}

/** A run of last month, which the worker counts. */
async function settle(): Promise<void> {
  const partner = required('STAKESTREAM_PARTNER_ID')
  const terms = { time_zone: 'UTC', schedule: 'NONE', currencies: ['USD'], fees: [] }
  await asOperator('PUT', `/partners/${partner}/settlement-terms`, terms)
  const run = { partner_id: partner, currency: 'USD', from: '2026-10-01', to: '2026-11-01' }
  const { id } = await asOperator('POST', '/settlements', run)
  const path = `/settlements/${z.string().parse(id)}`
  const isCounted = async (): Promise<boolean> => (await asOperator('GET', path))['status'] === 'DRAFT'
  await waitFor(isCounted, { what: 'the settlement' })
  await cli('settlement', 'verify', z.string().parse(id))
}

/** A command that nobody can read: the wallet puts it aside, and the command line sends it again. */
async function putAside(): Promise<void> {
  const connection = kafkaConnection(readConfig(commonConfig))
  const log = createLogger('secure', 'silent')
  const broker = await connectKafkajs({ ...connection, clientId: 'secure', log })
  await broker.send('wallet.command', [{ key: 'k', value: Buffer.from('not Avro') }])
  await broker.close()
  const places = z.array(z.object({ place: z.string() }))
  const place = await waitFor(
    async () => places.parse(JSON.parse(await cli('dead-letters', 'list', '--json')))[0]?.place,
    { what: 'the dead letter' },
  )
  await cli('dead-letters', 'show', place)
  await cli('dead-letters', 'replay', place, '--reason', 'a trial')
}

/** Throws where anything of it does not go as it should. */
export async function playEverything(): Promise<void> {
  await asOperator('PUT', '/players/ann', { name: 'Ann Example', country: 'DE' })
  const deposit = { amount: 12_000, currency: 'USD', transaction_id_partner: 'd-1' }
  await asPartner('POST', '/wallet/ann/deposit', deposit)
  await playAtProvider()
  for (const way of ['rest', 'kafka']) {
    const file = await newSample(EVENTS, 20)
    await cli('replay', file, '--via', way, '--no-progress')
    rmSync(file)
  }
  await settle()
  await cli('reconcile', '--no-progress')
  await putAside()
  await cli('topics', 'verify')
  await cli('games', 'bets')
  await cli('aml', 'rates')
  await cli('encryption', 'status')
}
