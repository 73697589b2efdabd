/** The sandbox's own routes: what it is told to do, and what it says of itself. It asks for no key: it is for tests alone. */
import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { z } from 'zod'
import type { Books } from './books.ts'
import type { CallbackSender } from './callbacks.ts'
import type { FaultPlan } from './faults.ts'
import { FAULTS, faultRules } from './faults.ts'
import { PAGE_ROUNDS_MAX } from './limits.ts'
import type { Results } from './ocasino-results.ts'
import { REPORT_COLUMNS, reportRows, tally } from './report.ts'
import { playRequest } from './seamless-rounds.ts'
import type { SeamlessRounds } from './seamless-rounds.ts'
import type { SandboxRequest, Served } from './served.ts'
import { settingsChange } from './settings.ts'
import type { Settings } from './settings.ts'

export interface Ledger {
  books: Books
  /** The books' amounts are whole numbers of ten to the minus this. */
  exponent: number
}

export interface AdminParts {
  faults: FaultPlan
  settings: Settings
  results: Results
  callbacks: CallbackSender
  rounds: SeamlessRounds
  /** By the name in the path. */
  ledgers: Readonly<Record<string, Ledger>>
}

const plain = (status: number, body: object): Served => ({ status, body, manner: 'plain' })

const invalid = ({ issues }: z.ZodError): Served =>
  plain(400, { errors: issues.map(({ path, message }) => ({ path: path.join('.'), message })) })

const NOT_FOUND = plain(404, { error: 'there is no such route' })

/** Rows of a page and where the next one begins. */
function booksPage({ books, exponent }: Ledger, query: URLSearchParams): Served {
  const from = Math.max(0, Number(query.get('cursor') ?? 0) || 0)
  const partnerId = query.get('partner_id') ?? undefined
  const rows = []
  let at = 0
  for (const row of reportRows(books, { partnerId, exponent })) {
    if (rows.length > PAGE_ROUNDS_MAX) break
    if (at++ >= from) rows.push(row)
  }
  const hasMore = rows.length > PAGE_ROUNDS_MAX
  return plain(200, {
    data: rows.slice(0, PAGE_ROUNDS_MAX),
    ...(hasMore ? { next_cursor: String(from + PAGE_ROUNDS_MAX) } : {}),
  })
}

const ROUNDS = /^\/books\/([a-z-]+)\/rounds(\.csv)?$/

/** The file by round as a stream, where the path asks for it. */
export function csvOf(
  { ledgers }: Pick<AdminParts, 'ledgers'>,
  { path, query }: SandboxRequest,
): Readable | undefined {
  const [, name = '', isCsv] = ROUNDS.exec(path) ?? []
  const ledger = ledgers[name]
  if (ledger === undefined || isCsv === undefined) return undefined
  const { books, exponent } = ledger
  const partnerId = query.get('partner_id') ?? undefined
  const columns = [...REPORT_COLUMNS]
  return Readable.from(reportRows(books, { partnerId, exponent })).pipe(stringify({ header: true, columns }))
}

export function createAdminApi(parts: AdminParts): { serve(request: SandboxRequest): Promise<Served> } {
  const { faults, settings, results, callbacks, rounds, ledgers } = parts

  function setFaults(request: SandboxRequest): Served {
    const parsed = faultRules.safeParse(request.json())
    if (!parsed.success) return invalid(parsed.error)
    faults.set(parsed.data, Date.now())
    return plain(200, { rules: parsed.data })
  }

  function change(request: SandboxRequest): Served {
    const parsed = settingsChange.safeParse(request.json())
    if (!parsed.success) return invalid(parsed.error)
    Object.assign(settings, parsed.data)
    return plain(200, settings)
  }

  async function play(request: SandboxRequest): Promise<Served> {
    const parsed = playRequest.safeParse(request.json())
    if (!parsed.success) return invalid(parsed.error)
    try {
      return plain(200, await rounds.play(parsed.data))
    } catch (error) {
      return plain(502, { error: error instanceof Error ? error.message : 'the wallet did not answer' })
    }
  }

  const state = (): Served =>
    plain(200, {
      books: Object.fromEntries(Object.entries(ledgers).map(([name, { books }]) => [name, tally(books)])),
      results_due: results.due,
      callbacks: callbacks.counts,
      faults: Object.fromEntries(faults.counts),
    })

  return {
    serve: async (request) => {
      const { method, path, query } = request
      const [, name = ''] = ROUNDS.exec(path) ?? []
      const ledger = ledgers[name]
      if (method === 'GET' && ledger !== undefined) return booksPage(ledger, query)
      switch (`${method} ${path}`) {
        case 'GET /admin/faults':
          return plain(200, { faults: FAULTS })
        case 'PUT /admin/faults':
          return setFaults(request)
        case 'GET /admin/settings':
          return plain(200, settings)
        case 'PUT /admin/settings':
          return change(request)
        case 'GET /admin/state':
          return state()
        case 'POST /admin/seamless/rounds':
          return play(request)
        default:
          return NOT_FOUND
      }
    },
  }
}
