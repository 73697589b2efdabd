/** The rounds that the platform knows, out of ClickHouse, each with the place of its last record in the log. */
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { openRows } from '../../service/clickhouse.ts'
import { coordinates, unitsOf } from '../view.ts'
import type { Asked, PlatformRound, RoundSource } from './compare.ts'
import { roundName } from './round.ts'

/** A round may have begun before the period, or ended after it: so much more of the log is looked at on either side. */
const MARGIN_MS = 3 * 86_400_000
/** Ids of one question; they travel in the address of the request. */
const IDS_PER_QUERY = 100

const SELECT = `
  SELECT assumeNotNull(round_id) AS round, player_id, currency,
    toString(sumIf(amount, type = 'BET')) AS bets, toString(sumIf(amount, type = 'WIN')) AS wins,
    toString(sumIf(amount, type = 'ROLLBACK')) AS rollbacks,
    toString(toUnixTimestamp64Milli(min(created_at))) AS first,
    toString(argMax(kafka_partition, (kafka_partition, kafka_offset))) AS partition,
    toString(max((kafka_partition, kafka_offset)).2) AS offset,
    any(kafka_topic) AS topic
  FROM transactions FINAL
  WHERE partner_id = {partner:UUID} AND status = 'COMPLETED' AND round_id IS NOT NULL`
const GROUP = 'GROUP BY round, player_id, currency'

const IN_TIME = `${SELECT}
  AND created_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND created_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND ({games:String} = '[]' OR has(JSONExtract({games:String}, 'Array(String)'), ifNull(game_id, '')))
  ${GROUP}`

const BY_ID = `${SELECT} AND has(JSONExtract({ids:String}, 'Array(String)'), assumeNotNull(round_id)) ${GROUP}`

const text = z.string()
const columns = z.tuple([text, text, text, text, text, text, text, text, text, text])

type Client = Pick<ClickHouseClient, 'query'>

async function* roundsOf(
  client: Client,
  query: string,
  asked: Asked,
  params: Readonly<Record<string, string>>,
): AsyncGenerator<PlatformRound> {
  const chunks: AsyncIterable<unknown[]> = await openRows(client, query, {
    partner: asked.partnerId,
    ...params,
  })
  for await (const chunk of chunks)
    for (const row of chunk) {
      const [round, player, currency, bets, wins, rollbacks, first, partition, offset, topic] =
        columns.parse(row)
      yield {
        name: roundName(round, player, currency),
        bets: unitsOf(bets),
        wins: unitsOf(wins),
        rollbacks: unitsOf(rollbacks),
        inPeriod: Number(first) >= asked.fromMs && Number(first) < asked.toMs,
        where: coordinates(topic, Number(partition), Number(offset)),
      }
    }
}

async function* roundsByIds(
  client: Client,
  asked: Asked,
  ids: readonly string[],
): AsyncGenerator<PlatformRound> {
  for (let at = 0; at < ids.length; at += IDS_PER_QUERY)
    yield* roundsOf(client, BY_ID, asked, { ids: JSON.stringify(ids.slice(at, at + IDS_PER_QUERY)) })
}

/** The rounds in ClickHouse. Reading them rejects where it does not answer. */
export const platformRounds = (client: Client): RoundSource => ({
  around: (asked) =>
    roundsOf(client, IN_TIME, asked, {
      from: String(asked.fromMs - MARGIN_MS),
      to: String(asked.toMs + MARGIN_MS),
      games: JSON.stringify(asked.games),
    }),
  byIds: (asked, ids) => roundsByIds(client, asked, ids),
})
