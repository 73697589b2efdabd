/** The views of reporting: their numbers over known play, and that no replay changes one. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useClickhouseSink } from '../../tests/support/clickhouse-sink.ts'
import { DAY_ONE, DAY_TWO, knownPlay } from '../../tests/support/known-play.ts'
import { aBalance, aTransaction } from '../../tests/support/sink-events.ts'
import { aChange, aPartner, DAY_MS, NOW_MS } from '../testing/partner-events.ts'

const TRANSACTIONS = 'wallet.transaction.created'
const BALANCES = 'wallet.balance'
/** Decimals as text with all their digits. */
const EXACT = 'SETTINGS output_format_json_quote_decimals = 1, output_format_decimal_trailing_zeros = 1'

const { rig, database, caughtUp, newStore, rewind } = useClickhouseSink({ partners: true })

interface Landed {
  partner: string
  events: ReturnType<typeof knownPlay>
}

/** Lands the known play of a partner of this test's own. */
async function land(): Promise<Landed> {
  const partner = randomUUID()
  const events = knownPlay(partner, randomUUID())
  const sink = rig().startSink(newStore())
  await rig().produce(TRANSACTIONS, events)
  await caughtUp()
  await sink.stop()
  return { partner, events }
}

const rows = (query: string): Promise<Record<string, unknown>[]> => database().rows(`${query} ${EXACT}`)

describe('volume', () => {
  it('counts a day per currency: ggr, ngr, hold, players, cash', async () => {
    const { partner } = await land()
    const found = await rows(
      `SELECT * EXCEPT (partner_id) FROM daily_volume WHERE partner_id = '${partner}' ORDER BY day, currency`,
    )
    const none = { free_bet_count: 0, withdrawal_count: 0, deposit_count: 0 }
    expect(found).toMatchObject([
      {
        ...none,
        day: DAY_ONE,
        currency: 'EUR',
        active_players: 2,
        bet_count: 4,
        free_bet_count: 1,
        bets: '75.0001',
        rollbacks: '20.0001',
        turnover: '55.0000',
        wins: '4.5000',
        bonus_cost: '7.0000',
        ggr: '50.5000',
        ngr: '43.5000',
        hold_percentage: '91.8181',
        average_bet: '18.7500',
        deposit_count: 2,
        deposits: '150.0000',
        withdrawals: '0.0000',
      },
      {
        ...none,
        day: DAY_ONE,
        currency: 'USD',
        active_players: 1,
        bet_count: 1,
        bets: '6.0000',
        ggr: '6.0000',
        hold_percentage: '100.0000',
        deposit_count: 1,
        deposits: '60.0000',
      },
      {
        ...none,
        day: DAY_TWO,
        currency: 'EUR',
        active_players: 1,
        bet_count: 1,
        bets: '1.0000',
        wins: '25.0000',
        bonus_cost: '3.0000',
        ggr: '-24.0000',
        ngr: '-27.0000',
        hold_percentage: '-2400.0000',
        average_bet: '1.0000',
        withdrawal_count: 1,
        withdrawals: '30.0000',
      },
    ])
  })

  it('counts a day per game; the hold of no turnover is none', async () => {
    const { partner } = await land()
    const found = await rows(
      `SELECT day, game_id, currency, active_players, bet_count, turnover, ggr, ngr, hold_percentage, average_bet
       FROM daily_game_volume WHERE partner_id = '${partner}' AND currency = 'EUR' ORDER BY day, game_id`,
    )
    expect(found.map((row) => Object.values(row))).toEqual([
      [DAY_ONE, '', 'EUR', 0, 0, '0.0000', '0.0000', '0.0000', null, null],
      [DAY_ONE, 'game-a', 'EUR', 2, 3, '55.0000', '50.5000', '43.5000', '91.8181', '18.3333'],
      [DAY_ONE, 'game-b', 'EUR', 1, 1, '0.0000', '0.0000', '0.0000', null, '20.0001'],
      [DAY_TWO, '', 'EUR', 0, 0, '0.0000', '0.0000', '-3.0000', null, null],
      [DAY_TWO, 'game-a', 'EUR', 0, 0, '0.0000', '-25.0000', '-25.0000', null, null],
      [DAY_TWO, 'game-b', 'EUR', 1, 1, '1.0000', '1.0000', '1.0000', '100.0000', '1.0000'],
    ])
  })

  it('counts a day per brand, with deposits and withdrawals, and per provider', async () => {
    const { partner } = await land()
    const where = `WHERE partner_id = '${partner}' AND currency = 'EUR'`
    const byBrand = await rows(
      `SELECT day, brand, active_players, bets, rollbacks, ggr, ngr, deposits, withdrawals
       FROM daily_brand_volume ${where} ORDER BY day, brand`,
    )
    expect(byBrand.map((row) => Object.values(row))).toEqual([
      [DAY_ONE, '', 1, '40.0000', '0.0000', '40.0000', '40.0000', '50.0000', '0.0000'],
      [DAY_ONE, 'north', 1, '35.0001', '20.0001', '10.5000', '3.5000', '100.0000', '0.0000'],
      [DAY_TWO, '', 1, '1.0000', '0.0000', '1.0000', '1.0000', '0.0000', '0.0000'],
      [DAY_TWO, 'north', 0, '0.0000', '0.0000', '-25.0000', '-28.0000', '0.0000', '30.0000'],
    ])
    const byProvider = await rows(
      `SELECT day, provider_id, active_players, turnover, ggr, ngr
       FROM daily_provider_volume ${where} ORDER BY day, provider_id`,
    )
    expect(byProvider.map((row) => Object.values(row))).toEqual([
      // A rollback of nothing, and on the second day a win outside of games.
      [DAY_ONE, '', 0, '0.0000', '0.0000', '0.0000'],
      [DAY_ONE, 'acme', 2, '55.0000', '50.5000', '43.5000'],
      [DAY_ONE, 'bolt', 1, '0.0000', '0.0000', '0.0000'],
      [DAY_TWO, '', 0, '0.0000', '0.0000', '-3.0000'],
      [DAY_TWO, 'acme', 0, '0.0000', '-25.0000', '-25.0000'],
      [DAY_TWO, 'bolt', 1, '1.0000', '1.0000', '1.0000'],
    ])
    const sums = 'sum(bets), sum(rollbacks), sum(wins), sum(bonus_cost), sum(ngr)'
    const days = await rows(`SELECT ${sums} FROM daily_volume ${where}`)
    for (const view of ['daily', 'hourly'].flatMap((time) => [
      `${time}_brand_volume`,
      `${time}_provider_volume`,
    ]))
      expect(await rows(`SELECT ${sums} FROM ${view} ${where}`), view).toEqual(days)
  })

  it.each([
    ['no metadata', null, ['', '']],
    ['metadata without them', '{"session":"x"}', ['', '']],
    ['values that are no texts', '{"brand":7,"provider_id":["a"]}', ['', '']],
    ['a long name', `{"brand":"${'ä'.repeat(70)}"}`, ['ä'.repeat(64), '']],
    ['quotes and braces', String.raw`{"brand":"a\"}{b","x":{"provider_id":"deep"}}`, ['a"}{b', '']],
  ])('finds brand and provider in %s', async (_, metadata, found) => {
    const partner = randomUUID()
    const sink = rig().startSink(newStore())
    await rig().produce(TRANSACTIONS, [aTransaction({ partner_id: partner, metadata })])
    await caughtUp()
    await sink.stop()
    const query = `SELECT brand, provider_id FROM movements WHERE partner_id = '${partner}'`
    expect((await rows(query)).map((row) => Object.values(row))).toEqual([found])
  })

  it('counts an hour, from its first millisecond to its last, and sums up to the day', async () => {
    const { partner } = await land()
    const where = `WHERE partner_id = '${partner}' AND currency = 'EUR'`
    const found = await rows(`SELECT hour, bets, ggr, deposits FROM hourly_volume ${where} ORDER BY hour`)
    expect(found.map((row) => Object.values(row))).toEqual([
      ['2026-11-01 09:00:00', '0.0000', '0.0000', '100.0000'],
      ['2026-11-01 10:00:00', '70.0001', '45.5000', '50.0000'],
      ['2026-11-01 11:00:00', '0.0000', '0.0000', '0.0000'],
      ['2026-11-01 23:00:00', '5.0000', '5.0000', '0.0000'],
      ['2026-11-02 00:00:00', '0.0000', '-25.0000', '0.0000'],
      ['2026-11-02 10:00:00', '1.0000', '1.0000', '0.0000'],
      ['2026-11-02 12:00:00', '0.0000', '0.0000', '0.0000'],
      ['2026-11-02 13:00:00', '0.0000', '0.0000', '0.0000'],
      ['2026-11-02 14:00:00', '0.0000', '0.0000', '0.0000'],
    ])
    const sums =
      'sum(bets), sum(rollbacks), sum(wins), sum(bonus_cost), sum(ngr), sum(deposits), sum(withdrawals)'
    const days = await rows(`SELECT ${sums} FROM daily_volume ${where}`)
    expect(await rows(`SELECT ${sums} FROM hourly_volume ${where}`)).toEqual(days)
    const play = 'currency, sum(bets), sum(rollbacks), sum(wins), sum(bonus_cost), sum(ngr)'
    const byGame = await rows(`SELECT ${play} FROM hourly_game_volume ${where} GROUP BY currency`)
    expect(await rows(`SELECT ${play} FROM daily_volume ${where} GROUP BY currency`)).toEqual(byGame)
  })

  it('rests on the completed transactions, each once, as its newest status has it', async () => {
    const { partner } = await land()
    const ids = 'SELECT transaction_id, amount FROM'
    const where = `WHERE partner_id = '${partner}'`
    const current = await rows(
      `${ids} transactions_current ${where} AND status = 'COMPLETED' ORDER BY transaction_id`,
    )
    expect(await rows(`${ids} movements ${where} ORDER BY transaction_id`)).toEqual(current)
    expect(current).toHaveLength(18)
  })
})

describe('rounds, players, wins', () => {
  it('shows a round once, with what was staked and won, and whether it is closed', async () => {
    const { partner } = await land()
    const found = await rows(
      `SELECT round_id, player_id, currency, game_id, bet_count, bets, rollbacks, wins, bonus_cost, ggr, closed, first_at, last_at
       FROM rounds WHERE partner_id = '${partner}' ORDER BY round_id`,
    )
    const day = '2026-11-01'
    expect(found.map((row) => Object.values(row).join(' '))).toEqual([
      `round-1 anna EUR game-a 1 10.0000 0.0000 4.5000 0.0000 5.5000 true ${day} 10:00:00.000 ${day} 10:01:00.000`,
      `round-2 anna EUR game-b 1 20.0001 20.0001 0.0000 0.0000 0.0000 false ${day} 10:30:00.000 ${day} 10:31:00.000`,
      `round-3 anna EUR game-a 1 0.0000 0.0000 0.0000 7.0000 0.0000 true ${day} 11:00:00.000 ${day} 11:01:00.000`,
      `round-4 anna EUR game-a 1 5.0000 0.0000 25.0000 0.0000 -20.0000 true ${day} 23:59:59.999 2026-11-02 00:00:00.000`,
      `round-5 ben EUR game-a 1 40.0000 0.0000 0.0000 0.0000 40.0000 false ${day} 10:16:00.000 ${day} 10:16:00.000`,
      `round-6 ben EUR game-b 1 1.0000 0.0000 0.0000 0.0000 1.0000 false 2026-11-02 10:00:00.000 2026-11-02 10:00:00.000`,
      `round-7 ben USD game-a 1 6.0000 0.0000 0.0000 0.0000 6.0000 false ${day} 10:21:00.000 ${day} 10:21:00.000`,
    ])
  })

  it('shows what a player has done in all his time', async () => {
    const { partner } = await land()
    const found = await rows(
      `SELECT * EXCEPT (partner_id) FROM player_lifetime WHERE partner_id = '${partner}' AND currency = 'EUR' ORDER BY player_id`,
    )
    expect(found).toEqual([
      {
        player_id: 'anna',
        currency: 'EUR',
        deposit_count: 1,
        deposits: '100.0000',
        withdrawal_count: 1,
        withdrawals: '30.0000',
        net_deposits: '70.0000',
        bet_count: 3,
        wagered: '15.0000',
        won: '29.5000',
        bonus_cost: '10.0000',
        ggr: '-14.5000',
        ngr: '-24.5000',
        first_activity_at: '2026-11-01 09:00:00.000',
        last_activity_at: '2026-11-02 14:00:00.000',
        last_bet_at: '2026-11-01 23:59:59.999',
      },
      expect.objectContaining({ player_id: 'ben', deposits: '50.0000', wagered: '41.0000', ggr: '41.0000' }),
    ])
  })

  it('shows every win above 0', async () => {
    const { partner } = await land()
    const found = await rows(
      `SELECT amount, win_type, game_id, round_id FROM wins WHERE partner_id = '${partner}' ORDER BY amount DESC`,
    )
    expect(found.map((row) => Object.values(row))).toEqual([
      ['25.0000', 'STANDARD', 'game-a', 'round-4'],
      ['7.0000', 'FREE_ROUND', 'game-a', 'round-3'],
      ['4.5000', 'STANDARD', 'game-a', 'round-1'],
      ['3.0000', 'PROMOTIONAL', '', null],
    ])
  })
})

describe('accounts', () => {
  it('balance: every currency sums to zero, and the house has the ggr', async () => {
    const { partner } = await land()
    const found = await rows(
      `SELECT currency, account, credits, debits, balance FROM trial_balance
       WHERE partner_id = '${partner}' ORDER BY currency, account`,
    )
    expect(found.map((row) => Object.values(row).join(' '))).toEqual([
      'EUR ADJUSTMENT 0.0000 2.0000 -2.0000',
      'EUR BONUS 0.0000 10.0000 -10.0000',
      'EUR CASH 30.0000 150.0000 -120.0000',
      'EUR HOUSE 76.0001 49.5001 26.5000',
      'EUR PLAYER 226.5001 121.0001 105.5000',
      'EUR PLAYER_HELD 45.0000 45.0000 0.0000',
      'USD CASH 0.0000 60.0000 -60.0000',
      'USD HOUSE 6.0000 0.0000 6.0000',
      'USD PLAYER 60.0000 6.0000 54.0000',
    ])
    const house = await rows(
      `SELECT day, balance FROM daily_account_movements
       WHERE partner_id = '${partner}' AND currency = 'EUR' AND account = 'HOUSE' ORDER BY day`,
    )
    expect(house.map((row) => Object.values(row))).toEqual([
      [DAY_ONE, '50.5000'],
      [DAY_TWO, '-24.0000'],
    ])
  })
})

describe('partners', () => {
  it('show their newest state, and every rate with the time in which it is in force', async () => {
    const first = aPartner({ commission_rates: [{ rate: 1_250n, effective_from: NOW_MS - DAY_MS }] })
    const second = aChange(first, {
      name: 'Renamed',
      commission_rates: [
        { rate: 1_250n, effective_from: NOW_MS - DAY_MS },
        { rate: 2_000n, effective_from: NOW_MS },
        { rate: 10_000n, effective_from: Date.UTC(9999, 0, 1) },
      ],
    })
    const third = aChange(second, { commission_rates: second.data.commission_rates.slice(0, 2) })
    const id = first.data.partner_id
    const sink = rig().startSink(newStore())
    const rates = async (): Promise<unknown[][]> => {
      const found = await rows(
        `SELECT rate, effective_from, effective_to FROM partner_rates WHERE partner_id = '${id}' ORDER BY effective_from`,
      )
      return found.map((row) => Object.values(row))
    }
    await rig().producePartners([first, second])
    await caughtUp()
    expect(await rates()).toEqual([
      ['0.1250', '2026-11-21 12:30:15.123', '2026-11-22 12:30:15.123'],
      ['0.2000', '2026-11-22 12:30:15.123', '2299-12-31 23:59:59.999'],
      ['1.0000', '2299-12-31 23:59:59.999', null],
    ])
    await rig().producePartners([third])
    await caughtUp()
    await sink.stop()
    expect(await rates()).toEqual([
      ['0.1250', '2026-11-21 12:30:15.123', '2026-11-22 12:30:15.123'],
      ['0.2000', '2026-11-22 12:30:15.123', null],
    ])
    expect(await rows(`SELECT name, type, version FROM partners WHERE partner_id = '${id}'`)).toEqual([
      { name: 'Renamed', type: 'aggregator', version: 3 },
    ])
  })
})

describe('a replay', () => {
  /** All tables that records land in, without where in the log a row came from and when: of copies, any may be kept. */
  const dump = async (): Promise<Map<string, unknown[]>> => {
    const tables = await database().rows(
      `SELECT name, engine FROM system.tables
       WHERE database = '${database().database}' AND name NOT IN ('schema_migrations', 'sink_positions') ORDER BY name`,
    )
    const dumped = new Map<string, unknown[]>()
    for (const { name, engine } of tables) {
      const isView = engine === 'View'
      const columns = isView ? '*' : "* EXCEPT ('kafka_.*|ingested_at')"
      const table = String(name)
      dumped.set(table, await rows(`SELECT ${columns} FROM ${table}${isView ? '' : ' FINAL'} ORDER BY ALL`))
    }
    return dumped
  }
  /** The raw tables as they lie there, to the moment at which a row was written. */
  const raw = async (): Promise<unknown> =>
    Promise.all(
      ['transactions', 'ledger_entries', 'partner_changes', 'wallet_balance_updates'].map((table) =>
        database().rows(`SELECT count(), max(ingested_at), max(kafka_offset) FROM ${table}`),
      ),
    )

  it('from offset 0, or a part of the log sent again, leaves every number of every table and view as it was', async () => {
    const { events } = await land()
    const partner = aPartner({ commission_rates: [{ rate: 1_250n, effective_from: NOW_MS }] })
    const sink = rig().startSink(newStore())
    await rig().producePartners([partner, aChange(partner, { name: 'Renamed' })])
    const balances = events
      .slice(0, 5)
      .map(({ data }) => aBalance([{ wallet_id: data.wallet_id }], data.player_id))
    await rig().produce(BALANCES, balances)
    await caughtUp()
    await sink.stop()
    const before = await dump()
    const rawBefore = await raw()
    const views = [
      'daily_brand_volume',
      'daily_game_volume',
      'daily_provider_volume',
      'daily_volume',
      'hourly_volume',
      'movements',
      'partner_rates',
      'partners',
    ]
    for (const view of views) expect(before.get(view)?.length, view).toBeGreaterThan(0)

    await rewind()
    const replaying = rig().startSink(newStore())
    await caughtUp()
    await replaying.stop()
    expect(await dump()).toEqual(before)
    expect(await raw()).toEqual(rawBefore)

    // The same events at other offsets, as a producer that repeats itself would leave them.
    const repeating = rig().startSink(newStore())
    await rig().produce(TRANSACTIONS, events.slice(3, 20))
    await rig().producePartners([partner])
    await rig().produce(BALANCES, balances.slice(2))
    await caughtUp()
    await repeating.stop()
    expect(await raw()).not.toEqual(rawBefore)
    expect(await dump()).toEqual(before)
  })
})
