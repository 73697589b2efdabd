/**
 * Agreement with OFAC's search page, and what the default threshold finds and raises in vain, on samples that are not part of the
 * project: WATCHLIST_SAMPLES, or shared/data/watchlists beside the checkout.
 */
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse'
import { describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { z } from 'zod'
import { unavailable } from '../tests/support/unavailable.ts'
import { loadWatchlist } from './lists/load.ts'
import { createWatchlist, DEFAULT_THRESHOLD, screen } from './screen.ts'
import type { WatchlistEntry } from './types.ts'

const ROOT = new URL('..', import.meta.url).pathname
const SAMPLES = process.env['WATCHLIST_SAMPLES'] ?? join(ROOT, '../shared/data/watchlists')
const SDN = join(SAMPLES, 'ofac_sdn_2021-07.csv')
const ALT = join(SAMPLES, 'ofac_alt_2021-07.csv')
const PARITY = join(SAMPLES, 'ofac_search_parity_2021.csv')

/** OFAC's score of a pair is met within so many points. */
const NEAR_POINTS = 5
/** What OFAC itself calls a match, in this comparison. */
const OFAC_MATCH = 90
/** Loads a list and looks for more than a thousand names, on a machine that does other things too. */
const LIST_TIMEOUT_MS = 240_000

const print = (figures: string): void => void process.stdout.write(`${figures}\n`)

const sample = (context: TestContext, ...files: string[]): void => {
  const missing = files.find((file) => !existsSync(file))
  if (missing !== undefined) unavailable(context, `${missing} is not there (WATCHLIST_SAMPLES)`)
}

const row = z.object({ query_name: z.string(), result_name: z.string(), ofac_score: z.coerce.number() })

async function pairs(): Promise<z.output<typeof row>[]> {
  const read = []
  for await (const line of createReadStream(PARITY).pipe(parse({ columns: true }))) read.push(row.parse(line))
  return read
}

/** Our score of the pair, the result being a list of its own. */
function scoreOf(name: string, listed: string): number {
  const entry: WatchlistEntry = {
    id: '1',
    kind: 'SANCTION',
    type: listed.includes(',') ? 'PERSON' : 'ORGANISATION',
    name: listed,
    aliases: [],
    datesOfBirth: [],
    countries: [],
    programs: [],
  }
  const list = createWatchlist('pair', { hash: '', entries: 1 }, [entry])
  return screen([list], { name }, { threshold: 1 })[0]?.score ?? 0
}

const FIRST =
  'James Mary John Patricia Robert Jennifer Michael Linda William Elizabeth David Barbara Thomas Susan Daniel Karen Paul Anna Hans Petra Pierre Marie Luca Giulia Jose Carmen Joao Ines Minsu Jiwoo Kenji Yuki'.split(
    ' ',
  )
const LAST =
  'Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Martin Thompson White Clark Lewis Walker Hall Young King Wright Mueller Schmidt Dubois Rossi Ferrari Silva Santos Kim Park Tanaka Novak Larsson'.split(
    ' ',
  )
/** 1,000 of the 1,024 combinations. */
const ORDINARY = FIRST.flatMap((first) => LAST.map((last) => `${first} ${last}`)).slice(0, 1_000)

/** A slip in the longest part: its third letter is left out, doubled, or swapped with the fourth. */
function misspelt(name: string, way: number): string {
  const longest = name.split(/[ ,]+/).reduce((a, b) => (b.length > a.length ? b : a))
  const [start, third, fourth, end] = [longest.slice(0, 2), longest[2], longest[3] ?? '', longest.slice(4)]
  const slips = [
    start + fourth + end,
    `${start}${third}${third}${fourth}${end}`,
    `${start}${fourth}${third}${end}`,
  ]
  return name.replace(longest, slips[way % slips.length] ?? longest)
}

describe('screening, beside the search page of OFAC', () => {
  it('scores most pairs as it does, and finds what it finds', async (context) => {
    sample(context, PARITY)
    const all = (await pairs()).map((pair) => ({
      ...pair,
      score: scoreOf(pair.query_name, pair.result_name),
    }))
    const scored = all.filter(({ ofac_score }) => ofac_score >= 0)
    const isNear = (pair: { score: number; ofac_score: number }): boolean =>
      Math.abs(pair.score - pair.ofac_score) <= NEAR_POINTS
    const matches = scored.filter(({ ofac_score }) => ofac_score >= OFAC_MATCH)
    const near = scored.filter(isNear).length
    const found = matches.filter(({ score }) => score >= DEFAULT_THRESHOLD).length
    print(
      `of ${scored.length} pairs that OFAC scores, ${near} are within ${NEAR_POINTS} points; of ${matches.length} that it scores ${OFAC_MATCH} or more, ${found} reach ${DEFAULT_THRESHOLD}`,
    )
    expect(near / scored.length).toBeGreaterThan(0.88)
    expect(found / matches.length).toBeGreaterThan(0.88)
  })

  it(
    'raises few ordinary names, and finds listed ones with a slip',
    async (context) => {
      sample(context, SDN, ALT)
      const list = await loadWatchlist({ name: 'ofac', form: 'ofac', kind: 'SANCTION', paths: [SDN, ALT] })
      const raised = ORDINARY.filter((name) => screen([list], { name }).length > 0).length
      const people = list.entries.filter(({ type }) => type === 'PERSON').filter((_, at) => at % 20 === 0)
      const missed = people.filter(
        ({ id, name }, at) =>
          !screen([list], { name: misspelt(name, at) }, { limit: 1_000 }).some(
            ({ entryId }) => entryId === id,
          ),
      )
      print(
        `of ${ORDINARY.length} ordinary names ${raised} are raised; of ${people.length} listed people with a slip in the name ${people.length - missed.length} are found`,
      )
      expect(raised / ORDINARY.length).toBeLessThan(0.06)
      expect(missed.length / people.length).toBeLessThan(0.05)
    },
    LIST_TIMEOUT_MS,
  )
})
