/** MirrorMaker 2 with the configuration that the project ships, between two local clusters. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { requireJava } from '../../stack/checks.ts'
import { ensureArtifact, mavenCopyWithDependencies } from '../../stack/download.ts'
import type { Artifact } from '../../stack/download.ts'
import { KAFKA_VERSION } from '../../stack/services/kafka.ts'
import { freePort } from '../support/free-port.ts'

const MIRROR: Artifact = {
  folder: `connect-mirror-${KAFKA_VERSION}`,
  title: `MirrorMaker ${KAFKA_VERSION} (60 MB)`,
  fetch: (target, progress) =>
    mavenCopyWithDependencies(
      [
        `org.apache.kafka:connect-mirror:${KAFKA_VERSION}`,
        'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4',
      ],
      target,
      progress,
    ),
}

const SETTINGS = resolve(import.meta.dirname, '../../deploy/mirrormaker/connect-mirror-maker.properties')
const PORT = 8083
const LOG4J = `status = warn
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`

export interface MirrorMaker {
  /** Throws, with the end of its log, where it has died. */
  assertAlive(): void
  stop(): Promise<void>
}

/** The settings as they are shipped, but for what one machine with one broker per cluster has not: replicas and a known port. */
const settingsFor = (port: number): string =>
  readFileSync(SETTINGS, 'utf8')
    .replaceAll(/replication\.factor = 3$/gm, 'replication.factor = 1')
    .replace(`http://:${PORT}`, `http://127.0.0.1:${port}`)

/** Starts it. `folder` gets its settings and its log. */
export async function startMirrorMaker(
  cacheDir: string,
  folder: string,
  brokers: { active: string; passive: string },
): Promise<MirrorMaker> {
  const java = await requireJava()
  const jars = `${await ensureArtifact(cacheDir, MIRROR)}/*`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'mirror.properties'), settingsFor(await freePort()))
  writeFileSync(join(folder, 'log4j2.properties'), LOG4J)
  const logPath = join(folder, 'mirrormaker.log')
  const log = openSync(logPath, 'a')
  const flags = ['-Xmx384m', '-XX:+UseSerialGC', `-Dlog4j2.configurationFile=${folder}/log4j2.properties`]
  const main = ['org.apache.kafka.connect.mirror.MirrorMaker', 'mirror.properties', '--clusters', 'passive']
  const child: ChildProcess = spawn(java, [...flags, '-cp', jars, ...main], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: { ...process.env, ACTIVE_BROKERS: brokers.active, PASSIVE_BROKERS: brokers.passive },
  })
  closeSync(log)
  // Where the drill is ended by a signal it doesn't come to the stop below.
  process.once('exit', () => void child.kill('SIGKILL'))
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    assertAlive: () => {
      if (!hasEnded()) return
      throw new Error(
        `MirrorMaker has ended; the end of ${logPath}:\n${readFileSync(logPath, 'utf8').slice(-2_000)}`,
      )
    },
    stop: async () => {
      if (hasEnded()) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
