/** Recomputes a settlement from Kafka alone, and compares it to the byte. */
import { createHash } from 'node:crypto'
import type { Partner, Settlement } from '../../avro/types.ts'
import { canonicalText } from '../../domain/settlement/canonical.ts'
import { canonicalOf } from '../../domain/settlement/run-form.ts'
import { commonConfig, readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { createLogger } from '../../service/logger.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { CliError, EXIT } from '../errors.ts'
import { endsOf, readToEnd } from '../../streams/runtime/read-log.ts'
import type { ReadProgress } from '../../streams/runtime/read-log.ts'
import { formatCount, startProgress } from '../replay/progress.ts'
import { Recount } from './recount.ts'

const LOG = 'wallet.transaction.created'
const RUNS = 'settlement.updated'
const PARTNERS = 'partner.profile.updated'

export interface Difference {
  /** A line of the canonical form; empty where there is none. */
  sealed: string
  recomputed: string
}

export interface Verification {
  settlement_id: string
  status: string
  movements: number
  /** Of the run, and of what the log gives. */
  hash: string | null
  recomputed_hash: string
  differences: Difference[]
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The newest state of the run. Throws where there is none, or where it is not counted yet. */
async function readRun(broker: StreamsBroker, source: SchemaSource, id: string): Promise<Settlement> {
  const codec = await createCodec(RUNS, source)
  let found: Settlement | undefined
  await readToEnd(broker, RUNS, codec, { ends: await endsOf(broker, RUNS) }, ({ data }) => {
    if (data.settlement_id === id) found = data
  })
  if (found === undefined)
    throw new CliError(EXIT.failed, 'SETTLEMENT_NOT_FOUND', `there is no settlement ${id}`, 'check the id')
  if (found.hash === null)
    throw new CliError(
      EXIT.failed,
      'SETTLEMENT_NOT_COUNTED',
      `settlement ${id} is ${found.status} and has no lines`,
      'wait until it is a DRAFT',
    )
  return found
}

/** The rates of a partner. Those that were in force in a period that is over never change. */
async function readRates(
  broker: StreamsBroker,
  source: SchemaSource,
  partnerId: string,
): Promise<Partner['commission_rates']> {
  const codec = await createCodec(PARTNERS, source)
  let rates: Partner['commission_rates'] = []
  await readToEnd(broker, PARTNERS, codec, { ends: await endsOf(broker, PARTNERS) }, ({ data }) => {
    if (data.partner_id === partnerId) rates = data.commission_rates
  })
  return rates
}

/** Lines that are in one text and not in the other, in their places. */
function differencesOf(sealed: string, recomputed: string): Difference[] {
  const ours = sealed.split('\n')
  const theirs = recomputed.split('\n')
  const length = Math.max(ours.length, theirs.length)
  return Array.from({ length }, (_, at) => ({
    sealed: ours[at] ?? '',
    recomputed: theirs[at] ?? '',
  })).filter((each) => each.sealed !== each.recomputed)
}

async function recount(
  broker: StreamsBroker,
  source: SchemaSource,
  run: Settlement,
  showProgress: boolean,
): Promise<Recount> {
  const codec = await createCodec(LOG, source)
  const counted = new Recount(run)
  const ends = run.seals.map(({ next_offset: next }) => next)
  const passed: ReadProgress = { passed: 0, total: 0 }
  const progress = startProgress({
    unit: 'offsets of the log',
    total: ends.reduce((sum, end) => sum + end, 0),
    shown: showProgress,
    read: () => ({ done: passed.passed, remark: `${formatCount(counted.movements)} movements counted` }),
  })
  await readToEnd(
    broker,
    LOG,
    codec,
    { ends },
    (event, partition, offset) => counted.take(event, partition, offset),
    passed,
  ).finally(() => progress.stop())
  return counted
}

/** Rejects where Kafka or the registry are not there. */
export async function verifySettlement(id: string, showProgress: boolean): Promise<Verification> {
  const config = readConfig(commonConfig)
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const broker = await connectKafkajs({
    ...kafkaConnection(config),
    clientId: 'stakestream-settlement-verify',
    log: createLogger('settlement-verify', 'silent'),
  })
  try {
    const run = await readRun(broker, source, id)
    const rates = await readRates(broker, source, run.partner_id)
    const counted = await recount(broker, source, run, showProgress)
    const text = counted.text(rates, sha256)
    return {
      settlement_id: id,
      status: run.status,
      movements: counted.movements,
      hash: run.hash,
      recomputed_hash: sha256(text),
      differences: differencesOf(canonicalText(canonicalOf(run)), text),
    }
  } finally {
    await broker.close()
  }
}
