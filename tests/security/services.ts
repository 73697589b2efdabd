/** Every service of the product, each in an environment of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { StackEnv } from '../../stack/env-file.ts'
import { tailOfLog } from '../../stack/processes.ts'
import { servicesOf } from '../../stack/services/index.ts'
import type { Service } from '../../stack/services/service.ts'
import { logPathOf } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'
import { SERVICE_NAMES } from '../../topics/acls.ts'
import type { ServiceName } from '../../topics/acls.ts'
import { waitFor } from '../support/wait.ts'

export interface Services {
  names: readonly string[]
  stop(): Promise<void>
}

const principalOf = (name: string): ServiceName | undefined => SERVICE_NAMES.find((each) => each === name)

async function start(
  stack: Stack,
  env: StackEnv,
  service: Service,
  extra: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const { file, args, cwd, env: own } = await service.command(env)
  const output = openSync(logPathOf(stack, service.name), 'a')
  const child = spawn(file, [...args], {
    cwd,
    env: { ...process.env, ...own, ...extra },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  return child
}

/** Resolves when all are ready; rejects with the end of its log where one is not. */
export async function startServices(
  stack: Stack,
  env: StackEnv,
  environmentOf: (service: ServiceName) => Readonly<Record<string, string>>,
): Promise<Services> {
  const children: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    const alive = children.filter(({ exitCode }) => exitCode === null)
    const gone = alive.map((child) => once(child, 'exit'))
    for (const child of alive) child.kill('SIGKILL')
    await Promise.all(gone)
  }
  const apps = servicesOf(stack).filter(({ kind }) => kind === 'app')
  const started = await Promise.allSettled(
    apps.map(async (service) => {
      const principal = principalOf(service.name)
      children.push(await start(stack, env, service, principal === undefined ? {} : environmentOf(principal)))
      const timeoutMs = service.readyLimitMs
      await waitFor(() => service.isReady(env), { timeoutMs, what: service.name }).catch((error: unknown) => {
        throw new Error(tailOfLog(logPathOf(stack, service.name)), { cause: error })
      })
    }),
  )
  const failed = started.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') {
    await stop()
    throw failed.reason
  }
  return { names: apps.map(({ name }) => name), stop }
}
