/** The level of a process's log, changed while it runs: for so many minutes, then it is again what was configured. */
import { z } from 'zod'
import { LOG_LEVELS } from './logger.ts'
import type { Logger, LogLevel } from './logger.ts'

/** A chatty log that somebody forgot fills the disk. */
export const LOG_LEVEL_MINUTES_MAX = 120
const MINUTE_MS = 60_000

export const logLevelChange = z.strictObject({
  level: z.enum(LOG_LEVELS),
  /** How long it lasts. */
  minutes: z.number().positive().max(LOG_LEVEL_MINUTES_MAX),
})
export type LogLevelChange = z.output<typeof logLevelChange>

export interface LogLevelState {
  level: string
  /** The level that the process was started with. */
  configured: string
  /** When it goes back, ISO 8601; null where it is the configured one. */
  until: string | null
}

export class ChangeableLogLevel {
  readonly #logger: Logger
  readonly #configured: string
  #untilMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(logger: Logger) {
    this.#logger = logger
    this.#configured = logger.level
  }

  get state(): LogLevelState {
    return {
      level: this.#logger.level,
      configured: this.#configured,
      until: this.#untilMs === undefined ? null : new Date(this.#untilMs).toISOString(),
    }
  }

  /** Replaces an earlier change. `from` is the address that asked. */
  change({ level, minutes }: LogLevelChange, from: string): LogLevelState {
    clearTimeout(this.#timer)
    const lastsMs = minutes * MINUTE_MS
    this.#untilMs = Date.now() + lastsMs
    this.#timer = setTimeout(() => this.#goBack(), lastsMs)
    this.#timer.unref()
    this.#set(level, { minutes, from })
    return this.state
  }

  #goBack(): void {
    this.#untilMs = undefined
    this.#set(this.#configured, { from: 'time limit' })
  }

  /** Says so in the log whatever the levels are: a log that goes quiet without a word can't be told from one that is lost. */
  #set(level: string, detail: object): void {
    const was = this.#logger.level
    this.#logger.level = 'info' satisfies LogLevel
    this.#logger.info({ was, now: level, ...detail }, 'log level changed')
    this.#logger.level = level
  }
}
