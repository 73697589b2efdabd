/** Holds a provider's file against the rounds of the platform, once ClickHouse has all that the log holds now. */
import { endsOf, readToEnd } from '../../streams/runtime/read-log.ts'
import { waitForSinks } from '../catch-up.ts'
import { LOG } from '../kafka.ts'
import type { ShowProgress } from '../progress.ts'
import type { Stores } from '../stores.ts'
import { compareRounds } from './compare.ts'
import type { Asked, RoundComparison } from './compare.ts'
import { readProviderFile } from './provider-file.ts'

export interface RoundsOptions extends Asked {
  file: string
  /** A sink that makes no progress for this long ends it, in milliseconds. */
  silenceMsMax: number
  showProgress: ShowProgress
}

export type RoundStores = Pick<Stores, 'broker' | 'codecs' | 'clickhouse'>

/** Throws `OperationalError` where the file is refused or ClickHouse stays behind. */
export async function reconcileRounds(
  stores: RoundStores,
  { file, silenceMsMax, showProgress, ...asked }: RoundsOptions,
): Promise<RoundComparison> {
  const read = await readProviderFile(file)
  const positions = () => stores.clickhouse.positions()
  await waitForSinks({
    ends: { log: await recordEnds(stores, await positions()), balances: [] },
    followers: [{ name: 'ClickHouse', positions }],
    silenceMsMax,
    showProgress,
  })
  return compareRounds(stores.clickhouse.rounds, read, asked)
}

/** Behind the last record of each partition: the markers of transactions that lie there are stored by no sink. */
async function recordEnds(
  { broker, codecs }: RoundStores,
  positions: ReadonlyMap<string, number>,
): Promise<number[]> {
  const ends = await endsOf(broker, LOG)
  const starts = ends.map((_, partition) => positions.get(`${LOG}/${partition}`) ?? 0)
  const behind = [...starts]
  await readToEnd(broker, LOG, codecs.transaction, { starts, ends }, (_, partition, offset) => {
    behind[partition] = offset + 1
  })
  return behind
}
