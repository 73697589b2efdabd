/**
 * Apache Kafka in KRaft mode, from its Maven jars: one combined node, or three with replication 3.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { hasCoordinator, isInCluster } from './kafka-probe.ts'
import { requireJava } from '../checks.ts'
import { ensureArtifact, mavenCopyWithDependencies, runProgram, type Artifact } from '../download.ts'
import { StackError } from '../errors.ts'
import { dataDirOf, type Stack } from '../stack.ts'
import { waitUntil } from '../wait.ts'
import type { Service } from './service.ts'

// 4.4.0 has no kafka-tools artifact.
export const KAFKA_VERSION = '4.3.1'

const KAFKA: Artifact = {
  folder: `kafka-${KAFKA_VERSION}`,
  title: `Apache Kafka ${KAFKA_VERSION} (55 MB)`,
  fetch: (target, progress) =>
    mavenCopyWithDependencies(
      [
        `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`,
        `org.apache.kafka:kafka-tools:${KAFKA_VERSION}`,
        'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4',
      ],
      target,
      progress,
    ),
}

/** The class path of Kafka and its tools, fetched where they are missing. Throws `StackError`. */
export const kafkaJars = async (cacheDir: string): Promise<string> =>
  `${await ensureArtifact(cacheDir, KAFKA)}/*`

interface Node {
  readonly id: number
  readonly name: string
  readonly port: number
  readonly controllerPort: number
}

function nodesOf(stack: Stack): readonly Node[] {
  const { ports } = stack
  if (stack.brokers === 1) {
    return [{ id: 1, name: 'kafka', port: ports.kafka, controllerPort: ports.kafkaController }]
  }
  return [
    { id: 1, name: 'kafka-1', port: ports.kafka, controllerPort: ports.kafkaController },
    { id: 2, name: 'kafka-2', port: ports.kafka2, controllerPort: ports.kafkaController2 },
    { id: 3, name: 'kafka-3', port: ports.kafka3, controllerPort: ports.kafkaController3 },
  ]
}

/** The settings of one node. */
export function kafkaSettings(
  node: Node,
  nodes: readonly Node[],
  logDir: string,
): Readonly<Record<string, string>> {
  const replication = String(nodes.length)
  const minInsync = nodes.length === 1 ? '1' : '2'
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes
      .map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
      .join(','),
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logDir,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replication,
    'min.insync.replicas': minInsync,
    'offsets.topic.replication.factor': replication,
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': minInsync,
    'transaction.state.log.num.partitions': '8',
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': minInsync,
    'share.coordinator.state.topic.num.partitions': '8',
    // The default of 3 s makes every first join of a group wait.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '500',
    // A broker killed by SIGKILL can register again only when its old session has expired (default 9 s).
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'log.retention.hours': '168',
    'log.segment.bytes': String(256 * 1024 * 1024),
    'log.cleaner.dedupe.buffer.size': String(32 * 1024 * 1024),
    // A broker on a developer's machine has few cores, and threads beyond their number only wake one another.
    'num.network.threads': String(Math.max(1, Math.floor(availableParallelism() / 2))),
    'num.io.threads': String(availableParallelism()),
    // The default of 20 ms is what a transaction would wait that begins while the one before it is being completed.
    'add.partitions.to.txn.retry.backoff.ms': '1',
    'controlled.shutdown.enable': nodes.length === 1 ? 'false' : 'true',
  }
}

/** What a broker logs, and where to: its standard output. */
export const KAFKA_LOGGING = `status = warn
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
logger.cleaner.name = org.apache.kafka.storage.internals.log.LogCleaner
logger.cleaner.level = warn
`

/** One cluster id for all nodes, made once. */
function clusterIdOf(stack: Stack): string {
  const path = dataDirOf(stack, 'kafka-cluster-id')
  if (!existsSync(path)) writeFileSync(path, randomBytes(16).toString('base64url'))
  return readFileSync(path, 'utf8').trim()
}

/** Starting the JVM for a short tool is cheaper with the quick compiler alone. */
export const TOOL_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

async function prepareNode(stack: Stack, node: Node, java: string, jars: string): Promise<string> {
  const dataDir = dataDirOf(stack, node.name)
  const logDir = join(dataDir, 'log')
  mkdirSync(logDir, { recursive: true })
  const settingsPath = join(dataDir, 'server.properties')
  const settings = kafkaSettings(node, nodesOf(stack), logDir)
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  writeFileSync(settingsPath, `${lines.join('\n')}\n`)
  writeFileSync(join(dataDir, 'log4j2.properties'), KAFKA_LOGGING)
  if (!existsSync(join(logDir, 'meta.properties'))) {
    // An id may begin with '-': as a word of its own it would be taken for an option.
    const format = [
      'kafka.tools.StorageTool',
      'format',
      `--cluster-id=${clusterIdOf(stack)}`,
      '-c',
      settingsPath,
    ]
    await runProgram(java, [...TOOL_FLAGS, '-cp', jars, ...format], dataDir, 'There is no Java on the PATH.')
  }
  return settingsPath
}

/** Groups and transactions work from the first client on. Throws `StackError`. */
async function awaitCoordinators(port: number): Promise<void> {
  const COORDINATOR_LIMIT_MS = 60_000
  for (const keyType of [0, 1] as const) {
    if (await waitUntil(() => hasCoordinator(port, keyType), COORDINATOR_LIMIT_MS)) continue
    throw new StackError(`Kafka on port ${port} has no coordinator after ${COORDINATOR_LIMIT_MS / 1000} s.`)
  }
}

function kafkaNode(stack: Stack, node: Node): Service {
  const heapMb = stack.brokers === 1 ? 512 : 384
  return {
    name: node.name,
    kind: 'infra',
    needsJava: true,
    ports: [node.port, node.controllerPort],
    command: async () => {
      const java = await requireJava()
      const jars = await kafkaJars(stack.cacheDir)
      const settingsPath = await prepareNode(stack, node, java, jars)
      const dataDir = dataDirOf(stack, node.name)
      const flags = [
        `-Xms${heapMb}m`,
        `-Xmx${heapMb}m`,
        // What a broker allocates dies young. A large young generation costs a pause of 30 to 60 ms every few seconds on two
        // cores, this one 10 ms a second; and nothing works beside the broker as G1's threads do.
        '-XX:+UseParallelGC',
        '-Xmn64m',
        '-XX:+ExitOnOutOfMemoryError',
      ]
      const log4j = `-Dlog4j2.configurationFile=${join(dataDir, 'log4j2.properties')}`
      return { file: java, args: [...flags, log4j, '-cp', jars, 'kafka.Kafka', settingsPath], cwd: dataDir }
    },
    isReady: () => isInCluster(node.port, node.id),
    afterReady: () => awaitCoordinators(node.port),
    readyLimitMs: 300_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 30_000,
  }
}

export const kafkaServices = (stack: Stack): readonly Service[] =>
  nodesOf(stack).map((node) => kafkaNode(stack, node))
