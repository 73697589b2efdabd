/** `games bets`: bets at providers by where they stand, from the log of their steps. */
import { Option } from 'commander'
import type { Command } from 'commander'
import { z } from 'zod'
import type { GameBet } from '../avro/types.ts'
import { formatAmount } from '../domain/money.ts'
import { commonConfig, readConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import { endsOf, readToEnd } from '../streams/runtime/read-log.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { loadLocalEnv } from './local-env.ts'
import { printJson, printTable } from './output.ts'

const BETS = 'game.bet.updated'

/** States that somebody may want to look into: those that wait for a provider, and the one that waits for a person. */
const STATES = [
  'PLACING',
  'CHECKING',
  'CANCELING',
  'REVERSING',
  'RESOLVING',
  'VOIDING',
  'DISPUTED',
] as const satisfies readonly GameBet['state'][]

const OPTIONS = z.object({ state: z.enum(STATES), json: z.boolean() })

/** Bets that stand there now. No more of them are in memory at a time than stood there at once. */
async function readBets(state: GameBet['state']): Promise<GameBet[]> {
  const config = readConfig(commonConfig)
  const log = createLogger('cli', 'silent')
  const broker = await connectKafkajs({ ...kafkaConnection(config), clientId: 'cli-games', log })
  try {
    const codec = await createCodec(BETS, registrySource({ url: config.SCHEMA_REGISTRY_URL }))
    const bets = new Map<string, GameBet>()
    await readToEnd(broker, BETS, codec, { ends: await endsOf(broker, BETS) }, ({ data }) => {
      if (data.state === state) bets.set(data.bet_id, data)
      else bets.delete(data.bet_id)
    })
    return [...bets.values()].toSorted((a, b) => a.updated_at - b.updated_at)
  } finally {
    await broker.close()
  }
}

const shown = ({ terms, ...bet }: GameBet) => ({
  bet_id: bet.bet_id,
  partner_id: bet.partner_id,
  player_id: bet.player_id,
  provider_id: terms.provider_id,
  round_id: terms.round_id,
  amount: formatAmount(terms.amount),
  currency: terms.currency,
  state: bet.state,
  since: new Date(bet.updated_at).toISOString(),
  code: bet.code,
})

async function printBets(flags: unknown): Promise<void> {
  const { state, json } = OPTIONS.parse(flags)
  loadLocalEnv()
  const rows = (await readBets(state)).map(shown)
  if (json) return printJson(rows)
  printTable(
    ['bet', 'partner', 'player', 'provider', 'round', 'stake', 'since', 'code'],
    rows.map((row) => [
      row.bet_id,
      row.partner_id,
      row.player_id,
      row.provider_id,
      row.round_id,
      `${row.amount} ${row.currency}`,
      row.since,
      row.code ?? '',
    ]),
  )
}

export function register(program: Command): void {
  program
    .command('games')
    .description('bets at game providers')
    .command('bets')
    .description('bets that stand in a state now, the oldest first; the steps of a bet are kept for 14 days')
    .addOption(new Option('--state <state>', 'where they stand').choices(STATES).default('DISPUTED'))
    .option('--json', 'print the bets as JSON', false)
    .action(printBets)
}
