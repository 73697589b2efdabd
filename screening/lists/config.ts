/** What every process that screens reads from the environment. */
import { z } from 'zod'
import { DEFAULT_THRESHOLD } from '../screen.ts'
import { watchlistSources } from './source.ts'

const DAY_MS = 86_400_000

export const watchlistsConfig = z.object({
  /** The lists: NAME:FORM:KIND:PATH[,PATH], by semicolon. Empty: none. */
  WATCHLISTS: watchlistSources.default([]),
  /** How often their files are looked at, in milliseconds. */
  WATCHLIST_RELOAD_MS: z.coerce.number().int().positive().max(DAY_MS).default(60_000),
  /** Lowest score that is a match. */
  SCREENING_SCORE_MIN: z.coerce.number().min(50).max(100).default(DEFAULT_THRESHOLD),
})
