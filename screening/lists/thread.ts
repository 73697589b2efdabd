/**
 * The thread that holds the watchlists: it loads them, follows their files and screens. Reading a list and building its index
 * takes seconds of computing, a look-up milliseconds; here nothing else waits for that.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { WatchlistError } from './error.ts'
import type { FromThread, ListInForce, ScreenerState, ThreadOptions, ToThread } from './messages.ts'
import { openWatchlists } from './watchlists.ts'
import type { Watchlists } from './watchlists.ts'

// oxlint-disable-next-line typescript/no-unsafe-assignment -- it comes from screener.ts, of this type.
const { sources, reloadMs }: ThreadOptions = workerData
let watchlists: Watchlists | undefined

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window.
  parentPort?.postMessage(message)
}

const inForce = ({ current }: Watchlists): ListInForce[] =>
  current.map(({ name, version }) => ({ list: name, version: version.hash, entries: version.entries }))

function tellState(): void {
  if (watchlists === undefined) return
  const refused = new Map([...watchlists.refused].map(([list, { message }]) => [list, message]))
  tell({ kind: 'state', state: { lists: inForce(watchlists), refused } })
}

/** While a list can't be loaded there is no old version of it to go on with: it is tried again. */
function stateWithout(error: WatchlistError): ScreenerState {
  const source = sources.find(({ paths }) => paths.includes(error.file))
  return { lists: undefined, refused: new Map([[source?.name ?? error.file, error.message]]) }
}

async function open(): Promise<void> {
  for (let told = ''; watchlists === undefined;) {
    try {
      const telling = { onSwap: tellState, onRefused: tellState, onMended: tellState }
      watchlists = await openWatchlists({ sources, reloadMs, ...telling })
    } catch (error) {
      if (!(error instanceof WatchlistError)) throw error
      if (error.message !== told) tell({ kind: 'state', state: stateWithout(error) })
      told = error.message
      await sleep(reloadMs)
    }
  }
  tellState()
}

function answer({ id, query, options }: ToThread): FromThread {
  try {
    if (watchlists === undefined) throw new Error('the watchlists are not loaded')
    return {
      kind: 'screened',
      id,
      screened: { lists: inForce(watchlists), matches: watchlists.screen(query, options) },
    }
  } catch (error) {
    return { kind: 'failed', id, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

parentPort?.on('message', (asked: ToThread) => tell(answer(asked)))
await open()
