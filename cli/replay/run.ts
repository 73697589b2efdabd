/** The replay itself: reads, paces, submits, counts, and keeps the checkpoint. */
import { createReadStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartnerId } from '../../domain/ids.ts'
import type { Checkpoint } from './checkpoint.ts'
import { writeCheckpoint } from './checkpoint.ts'
import { readRows } from './csv.ts'
import type { FileFacts } from './csv.ts'
import { Tally } from './outcome.ts'
import type { TallyFigures } from './outcome.ts'
import type { Pace } from './pace.ts'
import { startProgress } from './progress.ts'
import type { Rejects } from './rejects.ts'
import { parseRow } from './row.ts'
import type { ReplayTarget } from './target.ts'
import { Tracker } from './tracker.ts'

export interface ReplayJob {
  file: string
  facts: FileFacts
  partnerId: PartnerId
  /** Lines up to this one were finished by an earlier run. */
  startLine: number
  target: ReplayTarget
  pace: Pace
  rejects: Rejects
  checkpointFile: string
  showProgress: boolean
  /** Aborts: no more rows are sent, those under way are waited for. */
  signal: AbortSignal
}

export interface ReplayResult {
  figures: TallyFigures
  badRows: number
  /** True where every row of the file has its outcome. */
  complete: boolean
  finishedLine: number
  durationMs: number
}

const CHECKPOINT_INTERVAL_MS = 1_000
/** How long a stopped replay waits for what is under way, in milliseconds. */
const STOP_WAIT_MS = 15_000

/** Runs the job to its end, or until its signal aborts. */
export async function runReplay(job: ReplayJob): Promise<ReplayResult> {
  const startMs = Date.now()
  const tally = new Tally()
  const tracker = new Tracker(job.startLine)
  const saver = keepCheckpoint(job, tracker)
  const progress = startProgress({
    unit: 'events',
    total: job.facts.rowsMax,
    from: Math.max(0, job.startLine - 1),
    shown: job.showProgress,
    read: () => {
      const { commands, rejected } = tally.figures()
      const done = Math.max(0, job.startLine - 1) + commands + job.rejects.count
      const parts = [rejected > 0 ? `${rejected} rejected` : '', job.target.remark()]
      return { done, remark: parts.filter((part) => part !== '').join(', ') }
    },
  })
  try {
    await submitAll(job, tracker, tally)
    if (job.signal.aborted)
      await Promise.race([job.target.drain(), sleep(STOP_WAIT_MS, undefined, { ref: false })])
    else await job.target.drain()
  } finally {
    progress.stop()
    await job.rejects.close()
    await saver.stop()
  }
  const complete = !job.signal.aborted && tracker.open === 0
  await writeCheckpoint(job.checkpointFile, checkpointOf(job, tracker, complete))
  return {
    figures: tally.figures(),
    badRows: job.rejects.count,
    complete,
    finishedLine: tracker.finishedLine,
    durationMs: Date.now() - startMs,
  }
}

async function submitAll(job: ReplayJob, tracker: Tracker, tally: Tally): Promise<void> {
  const defaults = { partnerId: job.partnerId, fileHash: job.facts.sha256 }
  for await (const read of readRows(createReadStream(job.file))) {
    if (job.signal.aborted) return
    if (read.line <= job.startLine) continue
    const parsed = 'row' in read ? parseRow(read.line, read.row, defaults) : { ok: false as const, ...read }
    if (!parsed.ok) {
      tracker.pass(read.line)
      await job.rejects.add(parsed.rejected)
      continue
    }
    const { command } = parsed
    await job.pace.due(command.createdAtMs, job.signal)
    if (job.signal.aborted) return
    tracker.begin(command.line)
    await job.target.submit(command, (outcome) => {
      tracker.end(command.line)
      tally.count(command, outcome)
    })
  }
}

const checkpointOf = (job: ReplayJob, tracker: Tracker, complete: boolean): Checkpoint => ({
  sha256: job.facts.sha256,
  file: job.file,
  partner_id: job.partnerId,
  finished_line: tracker.finishedLine,
  complete,
  written_at: new Date().toISOString(),
})

/** Writes the checkpoint every second, one write at a time. */
function keepCheckpoint(job: ReplayJob, tracker: Tracker): { stop(): Promise<void> } {
  let writing: Promise<void> = Promise.resolve()
  const write = (): void => {
    writing = writing.then(() => writeCheckpoint(job.checkpointFile, checkpointOf(job, tracker, false)))
    // A full disk must not pass unseen, but it is `stop` that reports it.
    writing.catch(() => undefined)
  }
  const timer = setInterval(write, CHECKPOINT_INTERVAL_MS)
  return {
    stop: () => {
      clearInterval(timer)
      write()
      return writing
    },
  }
}
