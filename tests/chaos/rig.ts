/** The stack under test, and the hands that break it. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { StackEnv } from '../../stack/env-file.ts'
import { readPidFile, signalProcess } from '../../stack/processes.ts'
import * as runner from '../../stack/runner.ts'
import { KAFKA_VERSION } from '../../stack/services/kafka.ts'
import { pidPathOf } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'

const run = promisify(execFile)
const silent = (): void => undefined

export class Rig {
  readonly stack: Stack

  constructor(stack: Stack) {
    this.stack = stack
  }

  /** An empty stack with these services up, or groups of them. */
  async open(names: readonly string[], report: (line: string) => void): Promise<StackEnv> {
    await runner.reset(this.stack, silent)
    return runner.up(this.stack, names, report)
  }

  /** Stops everything, and deletes the data unless they are to be looked at. */
  close({ keep }: { keep: boolean }): Promise<void> {
    return keep ? runner.down(this.stack, silent) : runner.reset(this.stack, silent)
  }

  /** SIGKILL. */
  kill(...names: string[]): Promise<void> {
    return runner.kill(this.stack, names, silent)
  }

  /** As an operator stops it. */
  stop(...names: string[]): Promise<void> {
    return runner.stop(this.stack, names, silent)
  }

  /** Starts what is dead and waits until it is ready. */
  async up(...names: string[]): Promise<void> {
    await runner.up(this.stack, names, silent, { prepare: false })
  }

  signal(name: string, signal: NodeJS.Signals): Promise<void> {
    const id = readPidFile(pidPathOf(this.stack, name))
    return id !== undefined && signalProcess(id, signal)
      ? Promise.resolve()
      : Promise.reject(new Error(`${name} isn't running`))
  }

  /** Name of the broker that is the active controller. */
  async controller(): Promise<string> {
    const { ports, cacheDir } = this.stack
    const brokers = [ports.kafka, ports.kafka2, ports.kafka3].map((port) => `127.0.0.1:${port}`).join(',')
    const tool = ['org.apache.kafka.tools.MetadataQuorumCommand', '--bootstrap-server', brokers]
    const jars = join(cacheDir, `kafka-${KAFKA_VERSION}`, '*')
    const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', jars]
    const { stdout } = await run('java', [...flags, ...tool, 'describe', '--status'])
    const leader = /^LeaderId:\s+(\d+)/m.exec(stdout)?.[1]
    if (leader === undefined) throw new Error(`the quorum has no leader:\n${stdout}`)
    return `kafka-${leader}`
  }

  otherBroker(than: string): string {
    return than === 'kafka-3' ? 'kafka-2' : 'kafka-3'
  }
}
