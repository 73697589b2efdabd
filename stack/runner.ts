/**
 * up, down, status, reset and the single steps that fault tests use, over the services of one stack.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { requireDisk, requireJava, requirePorts } from './checks.ts'
import { introducePartner } from './demo-partner.ts'
import { introduceProviders } from './demo-providers.ts'
import { writeEnvFile, envPathOf, type StackEnv } from './env-file.ts'
import { codeOf, messageOf, StackError } from './errors.ts'
import { withLock } from './lock.ts'
import {
  isAlive,
  readPidFile,
  removePidFile,
  signalProcess,
  spawnDetached,
  stopProcess,
  tailOfLog,
  type ProcessId,
} from './processes.ts'
import { prepareApps } from './services/app.ts'
import { selectServices, servicesOf } from './services/index.ts'
import { elsewhereOf } from './services/postgres.ts'
import type { Service } from './services/service.ts'
import { logPathOf, makeFolders, pidPathOf, type Stack } from './stack.ts'
import { waitUntil } from './wait.ts'

export type ProcessState = 'running' | 'starting' | 'dead' | 'stopped'

export interface ProcessStatus {
  readonly name: string
  readonly pid: number | null
  readonly state: ProcessState
}

/** Takes one line of news. */
export type Report = (line: string) => void

const aliveIdOf = (stack: Stack, name: string): ProcessId | undefined => {
  const id = readPidFile(pidPathOf(stack, name))
  return id !== undefined && isAlive(id) ? id : undefined
}

const shapeSchema = z.object({
  portBase: z.number().optional(),
  brokers: z.union([z.literal(1), z.literal(3)]),
})
const shapePathOf = (stack: Stack): string => join(stack.localDir, 'stack.json')

/** Refuses to go on with processes of other ports, or with data of another number of brokers. */
function requireSameShape(stack: Stack, services: readonly Service[]): void {
  let text: string
  try {
    text = readFileSync(shapePathOf(stack), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const shape = shapeSchema.parse(JSON.parse(text))
  if (shape.brokers !== stack.brokers) {
    throw new StackError(
      `The data in ${stack.localDir} is of BROKERS=${shape.brokers}: go on with that, or \`make reset\` first.`,
    )
  }
  const alive = services.some((service) => aliveIdOf(stack, service.name) !== undefined)
  if (alive && shape.portBase !== stack.portBase) {
    throw new StackError(
      `This stack runs with ${shape.portBase === undefined ? 'the default ports' : `PORT_BASE=${shape.portBase}`}: use the same, or \`make down\` first.`,
    )
  }
}

function writeShape(stack: Stack): void {
  writeFileSync(shapePathOf(stack), JSON.stringify({ portBase: stack.portBase, brokers: stack.brokers }))
}

async function probe(service: Service, env: StackEnv): Promise<boolean> {
  try {
    return await service.isReady(env)
  } catch {
    return false
  }
}

const PROBE_EVERY_MS = 100

/** Waits until the service is ready. Throws `StackError` with its last log lines when it dies or is too slow. */
async function awaitReady(stack: Stack, service: Service, id: ProcessId, env: StackEnv): Promise<void> {
  const logPath = logPathOf(stack, service.name)
  const ready = await waitUntil(
    async () => {
      if (!isAlive(id)) {
        throw new StackError(
          `${service.name} died while starting; the end of ${logPath}:\n${tailOfLog(logPath)}`,
        )
      }
      return await probe(service, env)
    },
    service.readyLimitMs,
    PROBE_EVERY_MS,
  )
  if (ready) return
  throw new StackError(
    `${service.name} (pid ${id.pid}) was not ready within ${service.readyLimitMs / 1000} s; the end of ${logPath}:\n${tailOfLog(logPath)}`,
  )
}

async function startService(stack: Stack, service: Service, env: StackEnv, report: Report): Promise<void> {
  const startedMs = performance.now()
  const running = aliveIdOf(stack, service.name)
  const id =
    running ??
    (await spawnDetached(
      await service.command(env),
      logPathOf(stack, service.name),
      pidPathOf(stack, service.name),
    ))
  await awaitReady(stack, service, id, env)
  await service.afterReady?.(env)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  report(
    running === undefined
      ? `${service.name} ready in ${seconds} s (pid ${id.pid})`
      : `${service.name} running (pid ${id.pid})`,
  )
}

/** Starts services side by side; one that fails doesn't stop the others. Throws `StackError` with every fault. */
async function startAll(
  stack: Stack,
  services: readonly Service[],
  env: StackEnv,
  report: Report,
): Promise<void> {
  const results = await Promise.allSettled(
    services.map((service) => startService(stack, service, env, report)),
  )
  const faults = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []))
  if (faults.length === 0) return
  // The same fault (a missing Java) is said once, however many services it stops.
  const lines = [...new Set(faults.map(messageOf))]
  if (faults.every((fault) => fault instanceof StackError)) throw new StackError(lines.join('\n'))
  throw new AggregateError(faults, lines.join('\n'))
}

/** Children of a process that was killed may hold its sockets for a moment longer. */
const CRASHED_PORT_GRACE_MS = 5_000

/** Everything that can be known before anything is started. */
async function checkBefore(stack: Stack, services: readonly Service[]): Promise<void> {
  requireDisk(stack.localDir)
  requireDisk(stack.cacheDir)
  const dead = services.filter((service) => aliveIdOf(stack, service.name) === undefined)
  for (const service of dead) {
    const hasCrashed = readPidFile(pidPathOf(stack, service.name)) !== undefined
    await requirePorts(service.name, service.ports, hasCrashed ? CRASHED_PORT_GRACE_MS : 0)
  }
  if (dead.some((service) => service.needsJava)) await requireJava()
}

/**
 * Starts what is dead of the named services (names or groups) and returns when all are ready: first the components, then
 * topics and tables, then the product. `prepare: false` leaves topics and tables as they are. Throws `StackError`.
 */
export async function up(
  stack: Stack,
  names: readonly string[],
  report: Report,
  { prepare = true }: { prepare?: boolean } = {},
): Promise<StackEnv> {
  makeFolders(stack)
  return await withLock(stack, async () => {
    const all = servicesOf(stack)
    const services = selectServices(all, names)
    requireSameShape(stack, all)
    await checkBefore(stack, services)
    writeShape(stack)
    const env = writeEnvFile(stack)
    const infra = services.filter((service) => service.kind === 'infra')
    const apps = services.filter((service) => service.kind === 'app')
    await startAll(stack, infra, env, report)
    const anyDead = apps.some((service) => aliveIdOf(stack, service.name) === undefined)
    if (prepare && anyDead) {
      await prepareApps(stack, env)
      report('topics and tables are up to date')
    }
    await startAll(stack, apps, env, report)
    const started = new Set(apps.map(({ name }) => name))
    if (prepare && anyDead && started.has('api') && started.has('partners')) {
      await introducePartner(env)
      await introduceProviders(env)
    }
    return env
  })
}

/** The services of this stack, and second processors that were started under another environment. */
function knownServices(stack: Stack): readonly Service[] {
  const own = new Set(servicesOf(stack).map(({ name }) => name))
  return servicesOf({ ...stack, wallets: 2, amlProcessors: 2, clickhouseSinks: 2 }).filter(
    ({ name }) => own.has(name) || readPidFile(pidPathOf(stack, name)) !== undefined,
  )
}

/** Names of all processes with a pid file, those of other shapes of the stack too. */
function recordedNames(stack: Stack): readonly string[] {
  try {
    return readdirSync(join(stack.localDir, 'run'))
      .filter((file) => file.endsWith('.pid'))
      .map((file) => basename(file, '.pid'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

const STRANGER_STOP_LIMIT_MS = 30_000

async function stopOne(
  stack: Stack,
  name: string,
  service: Service | undefined,
  report: Report,
): Promise<void> {
  const pidPath = pidPathOf(stack, name)
  const id = readPidFile(pidPath)
  if (id !== undefined && isAlive(id)) {
    const limitMs = service?.stopLimitMs ?? STRANGER_STOP_LIMIT_MS
    const result = await stopProcess(id, service?.stopSignal ?? 'SIGTERM', limitMs)
    report(
      result === 'stopped'
        ? `${name} stopped`
        : `${name} killed: it was still there after ${limitMs / 1000} s`,
    )
  }
  removePidFile(pidPath)
}

async function stopAll(stack: Stack, names: readonly string[], report: Report): Promise<void> {
  const services = new Map(knownServices(stack).map((service) => [service.name, service]))
  const isApp = (name: string): boolean => services.get(name)?.kind === 'app'
  // The product first, so that it can finish its work on living components.
  for (const group of [names.filter(isApp), names.filter((name) => !isApp(name))]) {
    await Promise.all(group.map((name) => stopOne(stack, name, services.get(name), report)))
  }
}

/** Stops every process of the stack. Data stays. */
export async function down(stack: Stack, report: Report): Promise<void> {
  if (recordedNames(stack).length === 0) return
  await withLock(stack, () => stopAll(stack, recordedNames(stack), report))
}

/** Stops everything and deletes data, logs and secrets; downloads stay. */
export async function reset(stack: Stack, report: Report): Promise<void> {
  await down(stack, report)
  for (const name of ['data', 'log', 'run'])
    rmSync(join(stack.localDir, name), { recursive: true, force: true })
  rmSync(elsewhereOf(stack), { recursive: true, force: true })
  rmSync(shapePathOf(stack), { force: true })
  rmSync(envPathOf(stack), { force: true })
}

/** Stops the named services, as `down` does with all. */
export async function stop(stack: Stack, names: readonly string[], report: Report): Promise<void> {
  const services = selectServices(knownServices(stack), names)
  await withLock(stack, () =>
    stopAll(
      stack,
      services.map((service) => service.name),
      report,
    ),
  )
}

/** SIGKILL, and nothing else: the pid file stays, so that `status` says dead and `up` starts it again. */
export async function kill(stack: Stack, names: readonly string[], report: Report): Promise<void> {
  const KILL_LIMIT_MS = 10_000
  for (const service of selectServices(knownServices(stack), names)) {
    const id = aliveIdOf(stack, service.name)
    if (id === undefined) throw new StackError(`${service.name} isn't running.`)
    signalProcess(id, 'SIGKILL')
    if (!(await waitUntil(() => !isAlive(id), KILL_LIMIT_MS))) {
      throw new StackError(`${service.name} (pid ${id.pid}) is still there after SIGKILL.`)
    }
    report(`${service.name} killed (pid ${id.pid})`)
  }
}

/** The state of every process of the stack; of those that are optional, once they were started. */
export async function status(stack: Stack): Promise<readonly ProcessStatus[]> {
  const env: StackEnv = {}
  const listed = knownServices(stack).filter(
    ({ name, optional }) => optional !== true || readPidFile(pidPathOf(stack, name)) !== undefined,
  )
  return await Promise.all(
    listed.map(async (service): Promise<ProcessStatus> => {
      const id = readPidFile(pidPathOf(stack, service.name))
      if (id === undefined) return { name: service.name, pid: null, state: 'stopped' }
      if (!isAlive(id)) return { name: service.name, pid: id.pid, state: 'dead' }
      const state = (await probe(service, env)) ? 'running' : 'starting'
      return { name: service.name, pid: id.pid, state }
    }),
  )
}
