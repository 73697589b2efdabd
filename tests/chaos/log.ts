/** The log of transactions, as it was committed. */
import type { Transaction } from '../../avro/types.ts'
import { withLocalStores } from '../../cli/local-stores.ts'
import { endsOf, readToEnd } from '../../streams/runtime/read-log.ts'

/** Every committed event of the players whose ids begin so, each player's in the order of the log. */
export const readLog = (prefix: string): Promise<Transaction[]> =>
  withLocalStores(async ({ broker, codecs }) => {
    const log: Transaction[] = []
    const ends = await endsOf(broker, 'wallet.transaction.created')
    await readToEnd(broker, 'wallet.transaction.created', codecs.transaction, { ends }, ({ data }) => {
      if (data.player_id.startsWith(`${prefix}-player-`)) log.push(data)
    })
    return log
  })
