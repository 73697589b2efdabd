/**
 * `npm run drill:mirror`: a second cluster follows the first by MirrorMaker 2; the first site is drained and left, and the
 * second one takes over: what it holds is compared, and a bet is played on it.
 */
import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { z } from 'zod'
import { note, printLine, printTable } from '../../cli/output.ts'
import { RECONCILE_DEFAULTS, reconcileStores } from '../../cli/reconcile.ts'
import { verifySettlement } from '../../cli/settlement/verify.ts'
import { answerOk, startReceiver } from '../../sinks/webhooks/testing/receiver.ts'
import type { Receiver } from '../../sinks/webhooks/testing/receiver.ts'
import { stackFrom } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import { TOPIC_NAMES } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import { OperationalError } from '../../topics/errors.ts'
import { runScript } from '../backup/script.ts'
import { startCli } from '../support/e2e.ts'
import { positive } from '../support/options.ts'
import { catchUp } from './followers.ts'
import { startMirrorMaker } from './mirrormaker.ts'
import type { MirrorMaker } from './mirrormaker.ts'
import { tell } from './operator.ts'
import { compare } from './picture.ts'
import { askAgain, fill, pictureAtRest } from './scenario.ts'
import { Site } from './site.ts'
import { pictureTopic } from './topic-pictures.ts'
import type { TopicPicture } from './topic-pictures.ts'
import type { KnownBet, Work } from './work.ts'

const DEFAULT_PORT_BASE = 28_000
/** The second site's ports lie this far behind the first one's. */
const SECOND_SITE = 1_000
const LOCAL_DIRS = ['.local/drill', '.local/drill-mirror'] as const
const EVENTS = 5_000
const MIRRORED_MS = 180_000
const LOOK_MS = 3_000
const SECOND_MS = 1_000

interface Options {
  events: number
  keep: boolean
}

/** As deploy/mirrormaker says: positions mean nothing elsewhere, and replies are for who waits now. */
const isMirrored = (topic: TopicName): boolean => !topic.endsWith('position') && topic !== 'wallet.reply'
const MIRRORED = TOPIC_NAMES.filter(isMirrored)

async function pictureTopics(broker: StreamsBroker): Promise<TopicPicture[]> {
  const pictures: TopicPicture[] = []
  for (const topic of MIRRORED) pictures.push(await pictureTopic(broker, topic))
  return pictures
}

const unequal = (first: readonly TopicPicture[], second: readonly TopicPicture[]): TopicName[] =>
  first.flatMap(({ topic, records, digest }, at) => {
    const other = second[at]
    return other?.records === records && other.digest === digest ? [] : [topic]
  })

async function runCli(site: Site, args: readonly string[]): Promise<number | null> {
  const { code, stdout, stderr } = await startCli(args, site.env).ended
  if (code !== 0) note(stderr.trim())
  if (stdout !== '') printLine(stdout.trimEnd())
  return code
}

async function must(site: Site, ...args: string[]): Promise<void> {
  if ((await runCli(site, args)) !== 0) throw new Error(`${args.join(' ')} failed`)
}

/** Waits until the mirror holds what the first cluster does. Answers both pictures, and how long that took in milliseconds. */
async function untilMirrored(
  first: Site,
  second: Site,
  mirror: MirrorMaker,
): Promise<{ before: TopicPicture[]; after: TopicPicture[]; tookMs: number }> {
  const startedMs = performance.now()
  return first.following(({ broker: active }) =>
    second.following(async ({ broker: passive }) => {
      const before = await pictureTopics(active)
      for (;;) {
        mirror.assertAlive()
        const after = await pictureTopics(passive)
        const missing = unequal(before, after)
        const tookMs = performance.now() - startedMs
        if (missing.length === 0) return { before, after, tookMs }
        if (tookMs > MIRRORED_MS)
          throw new Error(`the mirror is otherwise after ${MIRRORED_MS / SECOND_MS} s: ${missing.join(', ')}`)
        note(`  ${missing.length} topics are not there yet`)
        await sleep(LOOK_MS)
      }
    }),
  )
}

function printTopics(before: readonly TopicPicture[], after: readonly TopicPicture[]): void {
  printTable(
    ['topic', 'records', 'ends on the first cluster', 'ends on the mirror'],
    before
      .map((picture, at) => ({ ...picture, mirrored: after[at]?.ends ?? [] }))
      .filter(({ records }) => records > 0)
      .map(({ topic, records, ends, mirrored }) => [
        topic,
        String(records),
        ends.join(' '),
        mirrored.join(' '),
      ]),
  )
}

const decided = z.looseObject({ version: z.number() })

/** A new movement of a player who has played on the first site. */
async function playOn(site: Site, { path }: KnownBet): Promise<void> {
  const partner = { url: site.value('STAKESTREAM_URL'), apiKey: site.value('STAKESTREAM_PARTNER_KEY') }
  const deposit = { amount: 1, currency: 'USD', transaction_id_partner: `deposit-${randomUUID()}` }
  const { version } = await tell(partner, 'POST', path.replace(/bet$/, 'deposit'), deposit, decided)
  note(`a deposit on the second site: the wallet has version ${version}`)
}

/** The second site takes over from its mirror of the log. */
async function takeOver(second: Site, { bet }: Work): Promise<number> {
  const startedMs = performance.now()
  await must(second, 'failover', 'positions')
  second.enter()
  await second.startProcessors()
  await askAgain(second, bet)
  const answeredMs = performance.now() - startedMs
  await second.startDatabases()
  await second.startSinks()
  await second.following((stores) => catchUp(stores, note))
  return answeredMs
}

/**
 * Of a settlement it is said whether it can be counted again, and no more: what it is sealed to are offsets of the first
 * cluster, and the mirror may end before them.
 */
async function settlementOnMirror({ settlementId }: Work): Promise<string> {
  try {
    const { hash, recomputed_hash: recomputed } = await verifySettlement(settlementId, false)
    return hash === recomputed
      ? 'settlement: recounted on the mirror, this one gives the same bytes; its seals are offsets of the first cluster all the same'
      : 'settlement: recounted on the mirror it gives other bytes, since its seals are offsets of the first cluster'
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error
    return `settlement: it can't be recounted on the mirror, since its seals are offsets of the first cluster (${error.code})`
  }
}

async function runDrill(
  first: Site,
  second: Site,
  stack: Stack,
  receiver: Receiver,
  events: number,
): Promise<void> {
  await first.open()
  const work = await fill(first, receiver, LOCAL_DIRS[0], events)
  const before = await pictureAtRest(first, { withOffsets: false })
  note('the second site: Kafka, the schemas under their ids, empty topics')
  const schemas = resolve(LOCAL_DIRS[0], 'schemas.zip')
  runScript('registry-export.sh', [schemas], first.env)
  await second.standBy(first, schemas)
  await must(second, 'topics', 'apply')
  const brokers = { active: first.value('KAFKA_BROKERS'), passive: second.value('KAFKA_BROKERS') }
  const mirror = await startMirrorMaker(stack.cacheDir, join(stack.localDir, 'mirrormaker'), brokers)
  let mirrored: Awaited<ReturnType<typeof untilMirrored>>
  try {
    note('mirroring')
    mirrored = await untilMirrored(first, second, mirror)
  } finally {
    await mirror.stop()
  }
  printTopics(mirrored.before, mirrored.after)
  note('the first site is left; the second one takes over')
  await first.leave()
  const answeredMs = await takeOver(second, work)
  const reconciled = await reconcileStores({ ...RECONCILE_DEFAULTS, progress: false })
  const settled = await settlementOnMirror(work)
  const after = await pictureAtRest(second, { withOffsets: false })
  const differences = [
    ...compare(before, after).map(({ store, name, what }) => `${store} ${name}: ${what}`),
    ...reconciled.differences.map(({ what, where }) => `reconcile: ${what} [${where}]`),
  ]
  if ((await runCli(second, ['failover', 'positions'])) === 0)
    differences.push('positions could be written although tasks have run')
  await second.startProcessors()
  await playOn(second, work.bet)
  printLine('')
  printLine(settled)
  for (const line of differences) printLine(`DIFFERENT: ${line}`)
  const records = mirrored.before.reduce((sum, topic) => sum + topic.records, 0)
  printLine(
    `mirrored ${MIRRORED.length} topics of ${records} records in ${(mirrored.tookMs / SECOND_MS).toFixed(1)} s, ` +
      `first answer ${(answeredMs / SECOND_MS).toFixed(1)} s after the takeover began, differences ${differences.length}`,
  )
  if (differences.length > 0) process.exitCode = 1
}

async function drill({ events, keep }: Options): Promise<void> {
  const base = Number(process.env['DRILL_PORT_BASE'] ?? DEFAULT_PORT_BASE)
  const stackAt = (localDir: string, portBase: number): Stack =>
    stackFrom({
      STAKESTREAM_CACHE: process.env['STAKESTREAM_CACHE'],
      LOCAL_DIR: localDir,
      PORT_BASE: String(portBase),
    })
  const stacks = { first: stackAt(LOCAL_DIRS[0], base), second: stackAt(LOCAL_DIRS[1], base + SECOND_SITE) }
  const first = new Site(stacks.first, note)
  const second = new Site(stacks.second, note)
  const close = async (how: { keep: boolean }): Promise<void> => {
    await Promise.all([first.close(how), second.close(how)])
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      note(`${signal}: stopping`)
      void close({ keep: false }).finally(() => process.exit(1))
    })
  const receiver = await startReceiver(answerOk)
  try {
    await runDrill(first, second, stacks.second, receiver, events)
  } finally {
    await receiver.close()
    await close({ keep })
  }
}

process.removeAllListeners('warning')
process.env['LOG_LEVEL'] ??= 'info'
await new Command('drill:mirror')
  .description(
    'Two sites: the topics of the first are mirrored by MirrorMaker 2, the first is left, the second takes over.',
  )
  .option('--events <number>', 'events of the sample', positive, EVENTS)
  .option('--keep', `leave data and logs in ${LOCAL_DIRS.join(' and ')}`, false)
  .addHelpText(
    'after',
    `\nEnvironment: DRILL_PORT_BASE, ports of the first site (default ${DEFAULT_PORT_BASE}; the second one's are ${SECOND_SITE} behind).\n\n` +
      'Exit codes: 0 the second site holds what the first one held; 1 something is otherwise, or the drill failed.',
  )
  .action(drill)
  .parseAsync()
