/**
 * What one stack is: its folder, its ports, its values. Everything that the runner does gets it as an argument.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StackError } from './errors.ts'
import { parsePortBase, portsFrom, type Ports } from './ports.ts'

export interface Stack {
  /** The checkout. */
  readonly rootDir: string
  /** Logs, pids, data and the env file; `LOCAL_DIR`, by default `.local` of the checkout. */
  readonly localDir: string
  /** Downloads, which several stacks may share; `STAKESTREAM_CACHE`. */
  readonly cacheDir: string
  readonly portBase: number | undefined
  readonly ports: Ports
  /** 1, or 3 for a cluster with replication 3 and min.insync.replicas 2; `BROKERS`. */
  readonly brokers: 1 | 3
  /** Wallet processors that share the partitions; `WALLETS`. */
  readonly wallets: 1 | 2
  /** Processors of the AML rules, likewise; `AML_PROCESSORS`. */
  readonly amlProcessors: 1 | 2
  /** Sinks into ClickHouse, likewise; `CLICKHOUSE_SINKS`. */
  readonly clickhouseSinks: 1 | 2
}

const ROOT_DIR = resolve(import.meta.dirname, '..')

function parseBrokers(text: string | undefined): 1 | 3 {
  if (text === undefined || text === '' || text === '1') return 1
  if (text === '3') return 3
  throw new StackError(`BROKERS=${text} can't be used: choose 1 or 3.`)
}

function parseProcessors(name: string, environment: NodeJS.ProcessEnv): 1 | 2 {
  const text = environment[name]
  if (text === undefined || text === '' || text === '1') return 1
  if (text === '2') return 2
  throw new StackError(`${name}=${text} can't be used: choose 1 or 2.`)
}

/** Reads the stack's place and size from the environment. Throws `StackError`. */
export function stackFrom(environment: NodeJS.ProcessEnv): Stack {
  const portBase = parsePortBase(environment['PORT_BASE'])
  const localDir = resolve(ROOT_DIR, environment['LOCAL_DIR'] || '.local')
  return {
    rootDir: ROOT_DIR,
    localDir,
    cacheDir: resolve(ROOT_DIR, environment['STAKESTREAM_CACHE'] || join('.local', 'cache')),
    portBase,
    ports: portsFrom(portBase),
    brokers: parseBrokers(environment['BROKERS']),
    wallets: parseProcessors('WALLETS', environment),
    amlProcessors: parseProcessors('AML_PROCESSORS', environment),
    clickhouseSinks: parseProcessors('CLICKHOUSE_SINKS', environment),
  }
}

export const logPathOf = (stack: Stack, name: string): string => join(stack.localDir, 'log', `${name}.log`)
export const pidPathOf = (stack: Stack, name: string): string => join(stack.localDir, 'run', `${name}.pid`)
export const dataDirOf = (stack: Stack, name: string): string => join(stack.localDir, 'data', name)

/** Makes the stack's folders. Throws `StackError` when they can't be made. */
export function makeFolders(stack: Stack): void {
  try {
    for (const folder of ['log', 'run', 'data']) mkdirSync(join(stack.localDir, folder), { recursive: true })
    mkdirSync(stack.cacheDir, { recursive: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StackError(`The stack's folder can't be made (${reason}); set LOCAL_DIR to one you may write.`)
  }
}
