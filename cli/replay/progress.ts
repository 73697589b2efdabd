/** How far a long job is: a bar on a terminal, else a line every few seconds. Always on stderr. */
import { Presets, SingleBar } from 'cli-progress'
import { note, showsProgress } from '../output.ts'

export interface ProgressState {
  /** Steps done. */
  done: number
  /** A short text behind the figures. */
  remark: string
}

export interface Progress {
  stop(): void
}

export interface ProgressOptions {
  /** What is counted, e.g. "events". */
  unit: string
  /** Steps in all, as far as known. */
  total: number
  /** Steps that were done before this began; they don't count for the rate. */
  from?: number
  read: () => ProgressState
  /** False: nothing is shown. */
  shown?: boolean
  nowMs?: () => number
  terminal?: boolean
  print?: (text: string) => void
}

const BAR_INTERVAL_MS = 200
const LINE_INTERVAL_MS = 5_000

/** "1:05" or "2:03:09". */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1_000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3_600)
  const rest = `${hours > 0 ? two(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}

export const formatCount = (count: number): string => count.toLocaleString('en-US')

function figures({ total, from = 0 }: ProgressOptions, state: ProgressState, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? ((state.done - from) * 1_000) / elapsedMs : 0
  const left = rate > 0 ? formatDuration(((total - state.done) / rate) * 1_000) : '-'
  return `${formatCount(Math.round(rate))}/s, ${left} left${state.remark === '' ? '' : `, ${state.remark}`}`
}

/** Shows the progress until `stop`. */
export function startProgress(options: ProgressOptions): Progress {
  const { unit, total, shown = true, nowMs = Date.now, terminal = showsProgress(), print = note } = options
  if (!shown) return { stop: () => undefined }
  const startMs = nowMs()
  if (!terminal) {
    const line = (): void => {
      const state = options.read()
      const percent = total > 0 ? Math.floor((state.done * 100) / total) : 100
      const counted = `${formatCount(state.done)} of ${formatCount(total)} ${unit} (${percent} %)`
      print(`${counted}, ${figures(options, state, nowMs() - startMs)}`)
    }
    const timer = setInterval(line, LINE_INTERVAL_MS)
    return {
      stop: () => {
        clearInterval(timer)
        line()
      },
    }
  }
  const bar = new SingleBar(
    {
      format: `{bar} {percentage} % | {value} of {total} ${unit} | {figures}`,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.rect,
  )
  const draw = (): void => {
    const state = options.read()
    bar.update(Math.min(state.done, total), { figures: figures(options, state, nowMs() - startMs) })
  }
  bar.start(total, options.from ?? 0, { figures: '' })
  const timer = setInterval(draw, BAR_INTERVAL_MS)
  return {
    stop: () => {
      clearInterval(timer)
      draw()
      bar.stop()
    },
  }
}
