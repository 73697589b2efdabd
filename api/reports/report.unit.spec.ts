import { describe, expect, it } from 'vitest'
import { DAILY, PLAYER, TOP_WINS, TRANSACTIONS, TRIAL_BALANCE } from './catalogue.ts'
import { cursorOf, jsonRow, keyOf, rowSchema, statementOf } from './report.ts'

const PARTNER = '0f0e0d0c-0b0a-4908-8706-050403020100'

describe('a statement', () => {
  it('binds all that a caller says', () => {
    const { text, params } = statementOf(TOP_WINS, {
      partnerId: PARTNER,
      filters: [{ sql: 'game_id = {game:String}', params: { game: "x' OR 1" } }],
      after: ['EUR', '10.0000', PARTNER],
      limit: 5,
    })
    expect(text).toContain('partner_id = {partner:UUID} AND game_id = {game:String}')
    expect(text).toContain(
      '(currency, amount, transaction_id) < ({after_0:String}, {after_1:Decimal(38, 4)}, {after_2:UUID})',
    )
    expect(text).toContain('ORDER BY currency DESC, amount DESC, transaction_id DESC\nLIMIT 5')
    expect(params).toEqual({
      partner: PARTNER,
      game: "x' OR 1",
      after_0: 'EUR',
      after_1: '10.0000',
      after_2: PARTNER,
    })
  })

  it.each([...Object.values(DAILY), PLAYER, TOP_WINS, TRIAL_BALANCE, TRANSACTIONS])(
    'has a column for every part of its key',
    ({ columns, key }) => {
      const names = columns.map(({ name }) => name)
      expect(names).toEqual(expect.arrayContaining([...key]))
      expect(new Set(names).size).toBe(names.length)
    },
  )
})

describe('a row', () => {
  it('has exact numbers in JSON, and fits its schema', () => {
    const cells = DAILY.whole.columns.map(({ name, kind }) => {
      if (name === 'hold_percentage') return null
      if (name === 'bets') return '99999999999999999999999999.1230'
      return { text: 'EUR', uuid: PARTNER, day: '2026-11-01', time: '', count: '3', amount: '-10.5000' }[kind]
    })
    const json = JSON.stringify(jsonRow(DAILY.whole, cells))
    expect(json).toContain('"bets":99999999999999999999999999.123')
    expect(json).toContain('"ggr":-10.50')
    expect(json).toContain('"hold_percentage":null')
    expect(rowSchema(DAILY.whole.columns).safeParse(JSON.parse(json)).error).toBeUndefined()
  })
})

describe('a cursor', () => {
  const cells = TRANSACTIONS.columns.map(({ name }) =>
    name === 'created_at' ? '2026-11-01T10:00:00.123Z' : name === 'transaction_id' ? PARTNER : 'x',
  )

  it('names the key of its row', () => {
    const cursor = cursorOf(TRANSACTIONS, cells)
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
    const key = keyOf(TRANSACTIONS, cursor)
    expect(key).toEqual(['2026-11-01T10:00:00.123Z', PARTNER])
    const query = { partnerId: PARTNER, filters: [], after: key, limit: 1 }
    expect(statementOf(TRANSACTIONS, query).params['after_0']).toBe('2026-11-01 10:00:00.123')
  })

  it('of another report, or of none, is none', () => {
    expect(keyOf(DAILY.whole, cursorOf(TRANSACTIONS, cells))).toBeUndefined()
    for (const text of ['', '[]', '"x"', '{}', '["2026-11-01",1]', '["2026-02-30","EUR"]', '["x","EUR","y"]'])
      expect(keyOf(DAILY.whole, Buffer.from(text).toString('base64url')), text).toBeUndefined()
  })
})
