/** The log of transactions, as it was committed. */
import type { Transaction } from '../../avro/types.ts'
import { withStores } from '../../cli/reconcile.ts'
import { endsOf, readToEnd } from '../../cli/reconcile/kafka.ts'

/** Every committed event of the players whose ids begin so, each player's in the order of the log. */
export const readLog = (prefix: string): Promise<Transaction[]> =>
  withStores(async ({ broker, codecs }) => {
    const log: Transaction[] = []
    const ends = await endsOf(broker, 'wallet.transaction.created')
    await readToEnd(broker, 'wallet.transaction.created', codecs.transaction, { ends }, ({ data }) => {
      if (data.player_id.startsWith(`${prefix}-player-`)) log.push(data)
    })
    return log
  })
