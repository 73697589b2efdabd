import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holderOfPort, isPortFree, javaMajorOf, requireDisk, requireJava, requirePorts } from './checks.ts'
import { StackError } from './errors.ts'
import { selectServices, servicesOf } from './services/index.ts'
import { stackFrom } from './stack.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stakestream-checks-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('Java', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['java version "1.8.0_401"', 8],
    ['something else', undefined],
  ])('%s is %s', (text, major) => {
    expect(javaMajorOf(text)).toBe(major)
  })

  test('given none on the PATH, then the line says what to install', async () => {
    await expect(requireJava({ PATH: folder })).rejects.toThrow(
      new StackError('There is no Java on the PATH: install a JDK ≥ 17 (Debian: openjdk-17-jdk-headless).'),
    )
  })

  test('given an old one, then the line says so', async () => {
    const java = join(folder, 'java')
    writeFileSync(java, '#!/bin/sh\necho \'openjdk version "11.0.2"\' >&2\n')
    chmodSync(java, 0o755)
    await expect(requireJava({ PATH: folder })).rejects.toThrow(
      /^Java 11 on the PATH is too old: install a JDK ≥ 17/,
    )
  })

  test('given JAVA_HOME, then it is the one to run', async () => {
    await expect(requireJava({ PATH: process.env['PATH'], JAVA_HOME: folder })).rejects.toThrow(
      `There is no Java in JAVA_HOME (${folder})`,
    )
  })
})

test('given less room than needed, then the line names both figures and what to do', () => {
  expect(() => {
    requireDisk(folder, 1e18)
  }).toThrow(/has \d+ MB left and the stack needs 1000000000000 MB: make room, or set LOCAL_DIR/)
  expect(() => {
    requireDisk(folder, 1)
  }).not.toThrow()
})

test('given a port that somebody holds, then the line names port, part, holder and what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await isPortFree(port)).toBe(false)
  expect(holderOfPort(port)).toMatch(new RegExp(`^process ${process.pid} \\(`))
  await expect(requirePorts('postgres', [port])).rejects.toThrow(
    new RegExp(
      `^Port ${port} \\(postgres\\) is held by process ${process.pid} \\(.+\\): stop it, or move the stack`,
    ),
  )
  server.close()
  await once(server, 'close')
  expect(await isPortFree(port)).toBe(true)
})

describe('names of services', () => {
  const services = servicesOf(stackFrom({}))
  const names = (selection: string[]): string[] => selectServices(services, selection).map(({ name }) => name)

  test('given a group, then it means its members', () => {
    expect(names(['infra'])).toEqual(['kafka', 'registry', 'postgres', 'redis', 'clickhouse'])
    expect(names(['all'])).toEqual([...names(['infra']), ...names(['app'])])
    expect(names(['redis', 'kafka'])).toEqual(['kafka', 'redis'])
  })

  test('given three brokers, then kafka means all of them', () => {
    const three = servicesOf(stackFrom({ BROKERS: '3' }))
    expect(selectServices(three, ['kafka']).map(({ name }) => name)).toEqual([
      'kafka-1',
      'kafka-2',
      'kafka-3',
    ])
  })

  test('given an unknown name, then the line lists the known ones', () => {
    expect(() => names(['mysql'])).toThrow(/^There is no service "mysql": choose from kafka, registry, /)
  })
})

test('given a number of brokers that can not be, then the line says what can', () => {
  expect(() => stackFrom({ BROKERS: '2' })).toThrow(new StackError("BROKERS=2 can't be used: choose 1 or 3."))
})

describe('wallets', () => {
  const wallets = (text: string): string[] =>
    servicesOf(stackFrom({ WALLETS: text }))
      .map(({ name }) => name)
      .filter((name) => name.startsWith('wallet'))

  test('given one or none, then there is one; given two, then two', () => {
    expect(wallets('')).toEqual(['wallet'])
    expect(wallets('1')).toEqual(['wallet'])
    expect(wallets('2')).toEqual(['wallet', 'wallet-2'])
  })

  test('given another number, then the line says what can be', () => {
    expect(() => stackFrom({ WALLETS: '3' })).toThrow(
      new StackError("WALLETS=3 can't be used: choose 1 or 2."),
    )
  })
})
