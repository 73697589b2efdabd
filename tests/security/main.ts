/**
 * `npm run secure`: every service, each under its own principal and with the rights of `topics/acls.ts` alone, on a broker with
 * TLS and logins. Plays through all of them and the command line, and fails where the broker has denied anybody anything.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { printLine } from '../../cli/output.ts'
import { introducePartner } from '../../stack/demo-partner.ts'
import { introduceProviders } from '../../stack/demo-providers.ts'
import type { StackEnv } from '../../stack/env-file.ts'
import { reset, up } from '../../stack/runner.ts'
import { prepareApps } from '../../stack/services/app.ts'
import { stackFrom } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'
import { applyAcls } from '../../topics/apply-acls.ts'
import { connectAdmin } from '../../topics/kafka-admin.ts'
import { createKafka } from '../../topics/kafka.ts'
import { playEverything } from './play.ts'
import { startServices } from './services.ts'
import { ADMIN, optionsOf, environmentOf, startSecureBroker, STRANGER } from './secure-broker.ts'
import type { SecureBroker } from './secure-broker.ts'

const DEFAULT_PORT_BASE = '31000'
/** Sinks, schedules and housekeeping do some of their work a while later, in milliseconds. */
const SETTLE_MS = 10_000
const log = pino({ level: 'silent' })

/** A refusal that is meant: without it in the broker's log, the log would prove nothing. */
async function knock(secure: SecureBroker): Promise<void> {
  const options = optionsOf(environmentOf(secure, STRANGER), log)
  const producer = createKafka(options).producer()
  await producer.connect()
  await producer.send({ topic: 'wallet.command', messages: [{ value: 'forged' }] }).catch(() => undefined)
  await producer.disconnect()
}

async function grant(secure: SecureBroker): Promise<void> {
  const options = optionsOf(environmentOf(secure, ADMIN), log)
  const admin = await connectAdmin(createKafka(options), options.brokers)
  const { given } = await applyAcls(admin, 'stakestream')
  await admin.disconnect()
  printLine(`${given} rights given`)
}

/** Answers whether all went well. */
async function trial(stack: Stack, env: StackEnv, secure: SecureBroker): Promise<boolean> {
  await grant(secure)
  Object.assign(process.env, env, environmentOf(secure, 'cli'), { LOCAL_DIR: stack.localDir })
  await prepareApps(stack, { ...env, ...environmentOf(secure, 'cli') })
  const services = await startServices(stack, env, (name) => environmentOf(secure, name))
  try {
    printLine(`${services.names.length} services are ready: ${services.names.join(', ')}`)
    await introducePartner(env)
    await introduceProviders(env)
    await playEverything()
    await sleep(SETTLE_MS)
  } finally {
    await services.stop()
  }
  const before = secure.denied()
  await knock(secure)
  const ofStranger = secure.denied().filter((line) => line.includes(`User:${STRANGER} `))
  for (const line of before) printLine(line)
  printLine(`denied to services ${before.length}, to a stranger ${ofStranger.length}`)
  return before.length === 0 && ofStranger.length > 0
}

const localDir = mkdtempSync(join(tmpdir(), 'stakestream-secure-stack-'))
const portBase = process.env['PORT_BASE'] || DEFAULT_PORT_BASE
const stack = stackFrom({ ...process.env, PORT_BASE: portBase, LOCAL_DIR: localDir, BROKERS: '1' })
let secure: SecureBroker | undefined
process.exitCode = 1
try {
  const env = await up(stack, ['registry', 'postgres', 'redis', 'clickhouse'], printLine)
  secure = await startSecureBroker(log)
  if (await trial(stack, env, secure)) process.exitCode = 0
} finally {
  await secure?.stop()
  await reset(stack, () => undefined)
  rmSync(localDir, { recursive: true, force: true })
}
