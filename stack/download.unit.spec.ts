import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  ensureArtifact,
  isComplete,
  mavenCopy,
  mavenCopyWithDependencies,
  runProgram,
  type Artifact,
} from './download.ts'
import { StackError } from './errors.ts'

let folder: string
let cache: string
const path = process.env['PATH'] ?? ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stakestream-download-'))
  cache = join(folder, 'cache')
  mkdirSync(cache)
})
afterEach(() => {
  process.env['PATH'] = path
  rmSync(folder, { recursive: true, force: true })
})

/** Puts a program of this name first on the PATH. */
function install(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
  process.env['PATH'] = `${folder}${delimiter}${path}`
}

let fetches = 0
const artifact = (content: string): Artifact => ({
  folder: 'thing-1',
  title: 'thing',
  fetch: async (target, progress) => {
    fetches += 1
    progress('half')
    mkdirSync(join(target, 'lib'))
    writeFileSync(join(target, 'lib', 'a.jar'), content)
    return await Promise.resolve()
  },
})

describe('an artifact', () => {
  test('given it was fetched once, then it is not fetched again', async () => {
    fetches = 0
    const first = await ensureArtifact(cache, artifact('content'))
    expect(await ensureArtifact(cache, artifact('content'))).toBe(first)
    expect(fetches).toBe(1)
    expect(isComplete(first)).toBe(true)
    expect(readdirSync(cache)).toEqual(['thing-1'])
  })

  test.each(['short', undefined])(
    'given a file that is %s now, then it is fetched again',
    async (content) => {
      const thing = await ensureArtifact(cache, artifact('content'))
      const file = join(thing, 'lib', 'a.jar')
      if (content === undefined) rmSync(file)
      else writeFileSync(file, content)
      expect(isComplete(thing)).toBe(false)
      await ensureArtifact(cache, artifact('content'))
      expect(isComplete(thing)).toBe(true)
    },
  )

  test('given three that want it at once, then it is fetched once', async () => {
    fetches = 0
    const folders = await Promise.all([1, 2, 3].map(() => ensureArtifact(cache, artifact('one'))))
    expect(new Set(folders)).toEqual(new Set([join(cache, 'thing-1')]))
    expect(fetches).toBe(1)
  })

  test('given a fetch that fails, then nothing is left that looks whole', async () => {
    const failing: Artifact = { ...artifact(''), fetch: () => Promise.reject(new StackError('no network')) }
    await expect(ensureArtifact(cache, failing)).rejects.toThrow('no network')
    expect(readdirSync(cache)).toEqual([])
  })

  test('given the remains of a runner that is no more, then they go; those of a living one stay', async () => {
    const HIGHEST_PID = 4_194_304
    mkdirSync(join(cache, `thing-0.partial-${HIGHEST_PID}`))
    mkdirSync(join(cache, `thing-0.partial-${process.ppid}`))
    await ensureArtifact(cache, artifact('content'))
    expect(readdirSync(cache).sort()).toEqual([`thing-0.partial-${process.ppid}`, 'thing-1'])
  })
})

describe('Maven', () => {
  const progress = (): void => undefined

  test('given coordinates, then Maven is asked for them and counts its files', async () => {
    install(
      'mvn',
      `echo "$@" > args; cat pom.xml > pom.copy 2>/dev/null; echo 'Downloaded from x: y (1 kB)'; :`,
    )
    const lines: string[] = []
    await mavenCopy('g:a:1:tar.gz:all', cache, (line) => lines.push(line))
    expect(lines.at(-1)).toBe('1 files')
    await runProgram(
      'grep',
      ['-q', 'dependency-plugin:.*:copy -Dartifact=g:a:1:tar.gz:all', 'args'],
      cache,
      '',
    )
    await mavenCopyWithDependencies(['g:a:1', 'g:b:2'], cache, progress)
    await runProgram('grep', ['-q', '<artifactId>b</artifactId><version>2</version>', 'pom.copy'], cache, '')
    expect(existsSync(join(cache, 'pom.xml'))).toBe(false)
  })

  test('given a Maven that fails, then its first error line and what to do are said', async () => {
    install('mvn', "echo 'some text'; echo '[ERROR] could not resolve host'; exit 1")
    await expect(mavenCopy('g:a:1', cache, progress)).rejects.toThrow(
      'Maven could not download ([ERROR] could not resolve host): check the network, then run it again.',
    )
  })

  test('given none, then the line says what to install', async () => {
    process.env['PATH'] = folder
    await expect(mavenCopy('g:a:1', cache, progress)).rejects.toThrow(
      'There is no Maven (mvn) on the PATH: install it (Debian: maven).',
    )
  })
})

describe('a tool', () => {
  test('given one that fails, then what it wrote is said', async () => {
    await expect(runProgram('sh', ['-c', 'echo broken >&2; exit 2'], cache, '')).rejects.toThrow(
      /failed: broken$/,
    )
  })

  test('given one that is missing, then its help is said', async () => {
    await expect(runProgram('no-such-tool', [], cache, 'Install it.')).rejects.toThrow(
      new StackError('Install it.'),
    )
  })
})
