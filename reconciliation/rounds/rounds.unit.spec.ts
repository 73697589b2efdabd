/** A provider's file, row by row, and against rounds that are known. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compareRounds } from './compare.ts'
import type { Asked, PlatformRound, RoundSource } from './compare.ts'
import { compareFolder } from './folder.ts'
import { readProviderFile } from './provider-file.ts'
import { OperationalError } from '../../topics/errors.ts'
import { roundName } from './round.ts'

const folder = mkdtempSync(join(tmpdir(), 'stakestream-rounds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const HEADER = 'round_id,player_id,currency,bets,wins,rollbacks\n'

function fileOf(text: string): string {
  const path = join(folder, 'rounds.csv')
  writeFileSync(path, text)
  return path
}

describe('a provider file', () => {
  it('is read by the names of its columns, in any order, quoted or not, with a mark of bytes or without', async () => {
    const text = '\uFEFFWins, round_id,currency,player_id,bets,note\r\n4.5,"r,1",EUR," anna ",10,x\r\n'
    const { rounds } = await readProviderFile(fileOf(text))
    expect([...rounds]).toEqual([
      [roundName('r,1', 'anna', 'EUR'), { bets: 100_000n, wins: 45_000n, rollbacks: 0n, line: 2 }],
    ])
  })

  it.each([
    ['a column that lacks', 'round_id,player_id,currency,bets\n', /WRONG_HEADER: the header lacks wins$/],
    [
      'a column twice',
      'round_id,player_id,currency,bets,wins,Wins\n',
      /WRONG_HEADER: the header has wins twice$/,
    ],
    ['nothing', '', /WRONG_HEADER: .*there is no header$/],
    ['cells that lack', `${HEADER}a,b,EUR,1,1,0\nc,d,EUR\n`, /INVALID_ROW: .*line 3$/],
    [
      'an amount of five decimals',
      `${HEADER}a,b,EUR,1.00001,1,0\n`,
      /INVALID_ROW: line 2: bets "1.00001" is no/,
    ],
    ['an amount below 0', `${HEADER}a,b,EUR,1,-1,0\n`, /INVALID_ROW: line 2: wins "-1" is below 0$/],
    ['a formula', `${HEADER}a,b,EUR,1,=1+1,0\n`, /INVALID_ROW: line 2: wins "=1\+1" is no amount/],
    ['no player', `${HEADER}a,b,EUR,1,1,0\na, ,EUR,1,1,0\n`, /INVALID_ROW: line 3: player_id is empty$/],
    ['no currency', `${HEADER}a,b,eur,1,1,0\n`, /INVALID_ROW: line 2: currency is no ISO 4217 code$/],
    ['a quote that stays open', `${HEADER}"a,b,EUR,1,1,0\n`, /INVALID_ROW: Quote Not Closed: .* line 2$/],
    ['a quote without an end in sight', `${HEADER}"${'a'.repeat(70_000)}`, /INVALID_ROW: Max Record Size/],
  ])('with %s is refused, with the line and the reason', async (_, text, fault) => {
    const refused = readProviderFile(fileOf(text)).catch((error: { code: string; message: string }) =>
      [error.code, error.message].join(': '),
    )
    expect(await refused).toMatch(fault)
  })

  it('that is not there is refused', async () => {
    await expect(readProviderFile(join(folder, 'none.csv'))).rejects.toMatchObject({
      code: 'UNREADABLE_FILE',
    })
  })
})

const ASKED: Asked = { partnerId: 'p', fromMs: 0, toMs: 1, games: [] }

const platformRound = (id: string, sums: Partial<PlatformRound> = {}): PlatformRound => ({
  name: roundName(id, 'anna', 'EUR'),
  ...{ bets: 100_000n, wins: 0n, rollbacks: 0n, inPeriod: true, where: `record of ${id}` },
  ...sums,
})

/** A platform with rounds near the period, of which some look otherwise as a whole. */
function platform(near: readonly PlatformRound[], whole: readonly PlatformRound[] = near) {
  const askedIds: string[][] = []
  const source: RoundSource = {
    around: async function* () {
      yield* near
    },
    byIds: async function* (_, ids) {
      askedIds.push([...ids])
      yield* whole.filter(({ name }) => ids.some((id) => name.startsWith(`["${id}"`)))
    },
  }
  return { source, askedIds }
}

async function compared(rows: string, near: readonly PlatformRound[], whole = near) {
  const { source, askedIds } = platform(near, whole)
  const result = await compareRounds(source, await readProviderFile(fileOf(HEADER + rows)), ASKED)
  return { ...result, askedIds }
}

describe('a comparison of rounds', () => {
  it('finds the same, and asks for nothing twice', async () => {
    const { ok, roundsCompared, askedIds } = await compared('a,anna,EUR,10,0,0\n', [platformRound('a')])
    expect({ ok, roundsCompared, askedIds }).toEqual({ ok: true, roundsCompared: 1, askedIds: [[]] })
  })

  it('names what differs, what is missing and what is there twice, with line and record', async () => {
    const rows = 'a,anna,EUR,10,0.0001,0\nb,anna,EUR,1,0,0\nc,anna,EUR,10,0,0\nc,anna,EUR,10,0,0\n'
    const { ok, differences } = await compared(
      rows,
      ['a', 'c', 'd'].map((id) => platformRound(id)),
    )
    const none = 'wins 0.0000, rollbacks 0.0000'
    expect(ok).toBe(false)
    expect(differences).toEqual([
      { what: 'round ["c","anna","EUR"] is in the file twice', where: 'line 5; line 4' },
      {
        what: `round ["d","anna","EUR"] is missing in the file: bets 10.0000, ${none} here`,
        where: 'record of d',
      },
      {
        what: `round ["a","anna","EUR"]: bets 10.0000, wins 0.0001, rollbacks 0.0000 in the file, bets 10.0000, ${none} here`,
        where: 'line 2; record of a',
      },
      { what: `round ["b","anna","EUR"] is in the file alone: bets 1.0000, ${none}`, where: 'line 3' },
    ])
  })

  it('takes a round as a whole before it says that it differs', async () => {
    const near = [platformRound('long', { bets: 0n, wins: 5n }), platformRound('older', { bets: 0n })]
    const whole = [
      platformRound('long', { wins: 5n }),
      platformRound('older', { inPeriod: false }),
      platformRound('early', { inPeriod: false }),
    ]
    const result = await compared('long,anna,EUR,10,0.0005,0\nearly,anna,EUR,10,0,0\n', near, whole)
    expect(result).toMatchObject({ ok: true, differences: [], roundsCompared: 2 })
    expect(result.askedIds).toEqual([['long', 'early', 'older']])
  })

  it('holds a bet that was undone for the same, whether it was booked and given back or never booked', async () => {
    const rows =
      'here,anna,EUR,0,0,0\nthere,anna,EUR,10,0,10\nboth,anna,EUR,30,5,20\nalone,anna,EUR,10,0,10\nwrong,anna,EUR,20,0,10\n'
    const platformRounds = [
      platformRound('here', { rollbacks: 100_000n }),
      platformRound('there', { bets: 0n }),
      platformRound('both', { wins: 50_000n }),
      platformRound('strange', { rollbacks: 100_000n }),
      platformRound('wrong', { rollbacks: 100_000n }),
    ]
    const { differences } = await compared(rows, platformRounds)
    expect(differences.map(({ where }) => where)).toEqual(['line 6; record of wrong'])
  })

  it('does not ask for what lies outside of the period on both sides', async () => {
    const result = await compared('', [platformRound('before', { inPeriod: false })])
    expect(result).toMatchObject({ ok: true, roundsInFile: 0, roundsCompared: 0, askedIds: [[]] })
  })
})

describe('a folder of provider files', () => {
  const PARTNER = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10'
  const PERIOD = { partner_id: PARTNER, from: '2026-11-01', to: '2026-11-01T12:00:00+01:00' }

  it('is compared file by file, whatever is wrong with one of them', async () => {
    const own = mkdtempSync(join(folder, 'files-'))
    const put = (name: string, text: string): void => writeFileSync(join(own, name), text)
    const asked: unknown[] = []
    put('a.json', JSON.stringify({ ...PERIOD, games: ['reels'] }))
    put('a.csv', `${HEADER}a,anna,EUR,10,0,0\n`)
    put('b.json', JSON.stringify(PERIOD))
    put('b.csv', `${HEADER}a,anna,EUR,11,0,0\n`)
    put('c.json', JSON.stringify(PERIOD))
    put('c.csv', `${HEADER}a,anna,EUR,ten,0,0\n`)
    put('d.json', JSON.stringify(PERIOD))
    put('e.json', '{')
    put('f.json', JSON.stringify({ ...PERIOD, to: '2026-11-01' }))
    put('without-description.csv', HEADER)
    const results = await compareFolder(own, async (file, what) => {
      const read = await readProviderFile(file)
      asked.push(what)
      return compareRounds(platform([platformRound('a')]).source, read, what)
    })
    const from = Date.parse('2026-11-01T00:00:00Z')
    const period = { partnerId: PARTNER, fromMs: from, toMs: from + 11 * 3_600_000 }
    expect(asked).toEqual([
      { ...period, games: ['reels'] },
      { ...period, games: [] },
    ])
    expect(results.map(({ file, result, reason }) => [file.slice(-5), result, reason])).toEqual([
      ['a.csv', 'same', null],
      ['b.csv', 'different', null],
      ['c.csv', 'refused', expect.stringMatching(/^line 2: bets "ten" is no amount/)],
      ['d.csv', 'refused', expect.stringContaining('no such file')],
      ['e.csv', 'refused', expect.stringContaining('e.json')],
      ['f.csv', 'refused', expect.stringMatching(/f\.json: to must lie after from$/)],
    ])
    expect(results[1]?.differences).toHaveLength(1)
  })

  it('that is not named is none; a service that is away ends it', async () => {
    const compare = () => Promise.reject(new OperationalError('unreachable', 'AWAY', 'away', 'wait'))
    expect(await compareFolder('', compare)).toEqual([])
    const own = mkdtempSync(join(folder, 'files-'))
    writeFileSync(join(own, 'a.json'), JSON.stringify(PERIOD))
    await expect(compareFolder(own, compare)).rejects.toMatchObject({ code: 'AWAY' })
  })
})
