/** Screens in a thread of its own, so that whoever asks goes on meanwhile: bets in the API, heartbeats elsewhere. */
import { Worker } from 'node:worker_threads'
import type { ScreeningOptions, ScreeningQuery } from '../types.ts'
import { QUERIES_MAX } from './limits.ts'
import type { FromThread, Screened, ScreenerState, ThreadOptions, ToThread } from './messages.ts'

export interface ScreenerOptions extends ThreadOptions {
  /** Told when lists were loaded, swapped, refused or mended. */
  onState: (state: ScreenerState) => void
  /** The thread has died, for want of memory as a rule; another one is started after `reloadMs`. */
  onThreadLost: (error: Error) => void
}

/** Nothing can be screened right now: the lists are not loaded, too many queries wait, or the thread has died. */
export class ScreenerUnavailableError extends Error {
  override name = 'ScreenerUnavailableError'
}

export interface Screener {
  readonly state: ScreenerState
  /**
   * Screens against the lists in force, all of one state; without lists it finds nothing. Rejects with
   * `ScreenerUnavailableError`, and as `screen` does.
   */
  screen(query: ScreeningQuery, options: ScreeningOptions): Promise<Screened>
  close(): Promise<void>
}

const NOTHING_REFUSED: ReadonlyMap<string, string> = new Map()
const NOT_LOADED: ScreenerState = { lists: undefined, refused: NOTHING_REFUSED }

const withoutLists: Screener = {
  state: { lists: [], refused: NOTHING_REFUSED },
  screen: () => Promise.resolve({ lists: [], matches: [] }),
  close: () => Promise.resolve(),
}

interface Waiting {
  resolve: (screened: Screened) => void
  reject: (error: Error) => void
}

class ThreadScreener implements Screener {
  readonly #options: ScreenerOptions
  readonly #waiting = new Map<number, Waiting>()
  #state = NOT_LOADED
  #thread: Worker | undefined
  #restart: NodeJS.Timeout | undefined
  #lastId = 0
  #closed = false

  constructor(options: ScreenerOptions) {
    this.#options = options
    this.#start()
  }

  get state(): ScreenerState {
    return this.#state
  }

  screen(query: ScreeningQuery, options: ScreeningOptions): Promise<Screened> {
    const thread = this.#thread
    if (thread === undefined || this.#state.lists === undefined)
      return Promise.reject(new ScreenerUnavailableError('the watchlists are not loaded'))
    if (this.#waiting.size >= QUERIES_MAX)
      return Promise.reject(new ScreenerUnavailableError(`${QUERIES_MAX} queries are waiting`))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window.
      thread.postMessage({ id, query, options } satisfies ToThread)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#restart)
    await this.#thread?.terminate()
  }

  #start(): void {
    const { sources, reloadMs } = this.#options
    const workerData: ThreadOptions = { sources, reloadMs }
    const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData, name: 'watchlists' })
    let lost = new Error('the thread of the watchlists ended')
    thread.on('message', (message: FromThread) => this.#take(message))
    thread.on('error', (error: Error) => (lost = error))
    thread.on('exit', () => this.#lose(lost))
    this.#thread = thread
  }

  #take(message: FromThread): void {
    if (message.kind === 'state') return this.#enter(message.state)
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind === 'screened') waiting?.resolve(message.screened)
    else waiting?.reject(message.error)
  }

  #enter(state: ScreenerState): void {
    this.#state = state
    this.#options.onState(state)
  }

  #lose(error: Error): void {
    this.#thread = undefined
    for (const { reject } of this.#waiting.values()) reject(new ScreenerUnavailableError(error.message))
    this.#waiting.clear()
    if (this.#closed) return
    this.#options.onThreadLost(error)
    this.#enter(NOT_LOADED)
    this.#restart = setTimeout(() => this.#start(), this.#options.reloadMs).unref()
  }
}

/** Begins to load the lists, and answers at once; `state` says when they are there. Lists that can't be loaded are tried again. */
export const openScreener = (options: ScreenerOptions): Screener =>
  options.sources.length === 0 ? withoutLists : new ThreadScreener(options)
